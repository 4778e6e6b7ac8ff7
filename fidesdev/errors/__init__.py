"""Every failure that a user can cause or meet, as one tree.

An error carries *facts* (which JSON output shows as they are), a stable `code`,
the exit code of the process, and a hint: one sentence that names the command to type. It also
subclasses the nearest sensible built-in, so that Python callers need not know this tree.

FidesdevError
  UsageError             the request itself makes no sense                       exit 2
    InvalidTarget        text that is no REV
    InvalidUrl           text that is no database URL
    ConfigError          a configuration file, variable or key
      BadToml  WrongType  UnknownKey  ConfigMissing  AlembicConfigMissing  SeveralAlembicConfigs
      MissingConfig      nothing says which database to connect to
      UpstreamMissing    nothing says which branch revisions are merged into
  LookupFailed           the request names something that does not exist         exit 1
    UnknownRow           the version table has no such row
    NothingRecorded      no journal says where the database was before
    UnknownRevision  AmbiguousRevision  UnknownRecord  AmbiguousRecord  MissingTable
    UnknownRef           a git ref that does not exist, or has no revisions
  MigrationError         the migrations and the database do not fit              exit 1
    GraphError           the revision files contradict each other
    UnknownApplied       the database holds a revision that no file has
      SourceNotFound     and neither git nor the journal has it
    NotApplied           downgrade to something that is not applied
    NotEnoughApplied     fewer revisions are applied than are to be done again
    StalePlan            the database moved between planning and running
    StepFailed           a migration script raised
    EnvFailed            env.py raised before any step, or did not commit
    RunnerDied           the process that ran the migrations was killed
    LockLost             the connection that held the migration lock was lost
    Interrupted          Ctrl-C                                                  exit 130
    RebaseError          own revisions cannot be given another parent
      UpstreamAhead  ConflictUnresolved  SeveralHeadsLeft  ParentsSkipped
      NotWritten  RevisionChanged  NotTakenBack  RebaseUnfinished
  RecordError            a row would break a rule of its model or table           exit 1
    UnknownField         a value for something that the model does not have
    KeyValidationError   a key that may not be one, or none at all
    DuplicateRecord      another row has what must be unique
      KeyOrNameAlreadyExists
    RecordRefused        the database refused the values, or rows that others refer to
  SqlFailed              the database refused a statement that was typed         exit 1
  Unavailable            something outside does not answer                       exit 4
    DatabaseUnavailable  no server answers
      AuthenticationFailed   it answers, and refuses the user
    DatabaseMissing  ServerMissing  ServerFailed  RunnerMissing  CommandMissing  PackageMissing
    RunnerFailed         the interpreter or container for the migrations does not start
    GitUnavailable       git is not installed, or cannot read the repository
  Locked                 another run is at it                                    exit 6
    LockBusy             it holds the migration lock of the database
    RebaseRunning        it rewrites the revision files of this checkout
  Refused                it would not be safe                                    exit 5
    ConfirmationNeeded  Declined  ProtectedDatabase  WrongDatabase  VersionTableDiffers
    AlreadyExists
    JournalRefused       the journal cannot be where the setting wants it
    AutogenerateRefused  the database is not what models are to be compared with
  OutputFailed           stdout does not take the result                         exit 1
  Bug                    anything that is not in this tree                      exit 70
"""

from fidesdev.errors.base import (
    Bug,
    FidesdevError,
    OutputFailed,
)
from fidesdev.errors.locked import (
    LockBusy,
    Locked,
    RebaseRunning,
)
from fidesdev.errors.lookup import (
    AmbiguousRecord,
    AmbiguousRevision,
    LookupFailed,
    MissingTable,
    NothingRecorded,
    UnknownRecord,
    UnknownRef,
    UnknownRevision,
    UnknownRow,
)
from fidesdev.errors.migration import (
    EnvFailed,
    GraphError,
    Interrupted,
    LockLost,
    MigrationError,
    NotApplied,
    NotEnoughApplied,
    RunnerDied,
    SourceNotFound,
    StalePlan,
    StepFailed,
    UnknownApplied,
)
from fidesdev.errors.rebase import (
    ConflictUnresolved,
    NotTakenBack,
    NotWritten,
    ParentsSkipped,
    RebaseError,
    RebaseUnfinished,
    RevisionChanged,
    SeveralHeadsLeft,
    UpstreamAhead,
)
from fidesdev.errors.record import (
    DuplicateRecord,
    KeyOrNameAlreadyExists,
    KeyValidationError,
    RecordError,
    RecordRefused,
    SqlFailed,
    UnknownField,
)
from fidesdev.errors.refused import (
    AlreadyExists,
    AutogenerateRefused,
    ConfirmationNeeded,
    Declined,
    JournalRefused,
    ProtectedDatabase,
    Refused,
    VersionTableDiffers,
    WrongDatabase,
)
from fidesdev.errors.unavailable import (
    AuthenticationFailed,
    CommandMissing,
    DatabaseMissing,
    DatabaseUnavailable,
    GitUnavailable,
    PackageMissing,
    RunnerFailed,
    RunnerMissing,
    ServerFailed,
    ServerMissing,
    Unavailable,
)
from fidesdev.errors.usage import (
    AlembicConfigMissing,
    BadToml,
    ConfigError,
    ConfigMissing,
    InvalidTarget,
    InvalidUrl,
    MissingConfig,
    SeveralAlembicConfigs,
    UnknownKey,
    UpstreamMissing,
    UsageError,
    WrongType,
)

__all__ = [
    "AlembicConfigMissing",
    "AlreadyExists",
    "AmbiguousRecord",
    "AmbiguousRevision",
    "AuthenticationFailed",
    "AutogenerateRefused",
    "BadToml",
    "Bug",
    "CommandMissing",
    "ConfigError",
    "ConfigMissing",
    "ConfirmationNeeded",
    "ConflictUnresolved",
    "DatabaseMissing",
    "DatabaseUnavailable",
    "Declined",
    "DuplicateRecord",
    "EnvFailed",
    "FidesdevError",
    "GitUnavailable",
    "GraphError",
    "Interrupted",
    "InvalidTarget",
    "InvalidUrl",
    "JournalRefused",
    "KeyOrNameAlreadyExists",
    "KeyValidationError",
    "LockBusy",
    "LockLost",
    "Locked",
    "LookupFailed",
    "MigrationError",
    "MissingConfig",
    "MissingTable",
    "NotApplied",
    "NotEnoughApplied",
    "NotTakenBack",
    "NotWritten",
    "NothingRecorded",
    "OutputFailed",
    "PackageMissing",
    "ParentsSkipped",
    "ProtectedDatabase",
    "RebaseError",
    "RebaseRunning",
    "RebaseUnfinished",
    "RecordError",
    "RecordRefused",
    "Refused",
    "RevisionChanged",
    "RunnerDied",
    "RunnerFailed",
    "RunnerMissing",
    "ServerFailed",
    "ServerMissing",
    "SeveralAlembicConfigs",
    "SeveralHeadsLeft",
    "SourceNotFound",
    "SqlFailed",
    "StalePlan",
    "StepFailed",
    "Unavailable",
    "UnknownApplied",
    "UnknownField",
    "UnknownKey",
    "UnknownRecord",
    "UnknownRef",
    "UnknownRevision",
    "UnknownRow",
    "UpstreamAhead",
    "UpstreamMissing",
    "UsageError",
    "VersionTableDiffers",
    "WrongDatabase",
    "WrongType",
]
