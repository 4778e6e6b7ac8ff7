"""Every failure that a user can cause or meet, as one tree.

An error carries *facts* (which JSON output shows as they are), a stable `code`,
the exit code of the process, and a hint: one sentence that names the command to type. It also
subclasses the nearest sensible built-in, so that Python callers need not know this tree.

FidesdevError
  UsageError             the request itself makes no sense                       exit 2
    InvalidTarget        text that is no REV
    InvalidUrl           text that is no database URL
    NotADump             a file that no snapshot can be made from
    UrlParameterError    parameters that a URL of the API does not take
    ConfigError          a configuration file, variable or key
      BadToml  WrongType  UnknownKey  ConfigMissing  AlembicConfigMissing  SeveralAlembicConfigs
      MissingConfig      nothing says which database to connect to
      UpstreamMissing    nothing says which branch revisions are merged into
      BrokenComposeFile  ComposeFileMissing
  LookupFailed           the request names something that does not exist         exit 1
    UnknownRow           the version table has no such row
    NothingRecorded      no journal says where the database was before
    UnknownRevision  AmbiguousRevision  UnknownRecord  AmbiguousRecord  MissingTable
    UnknownModel  AmbiguousModel
    UnknownTable         a table or column that no revision names
    UnknownRef           a git ref that does not exist, or has no revisions
    UnknownSnapshot  AmbiguousSnapshot
    UnknownService       a service that the Compose file does not have
    UnknownUrl           a name or version that the registry of URLs does not have
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
      DockerInterrupted  while Compose worked or services were waited for
      BuildInterrupted   while images were built
      CleaningInterrupted  while things were removed from a Docker engine
    RebaseError          own revisions cannot be given another parent
      UpstreamAhead  ConflictUnresolved  SeveralHeadsLeft  ParentsSkipped
      NotWritten  RevisionChanged  NotTakenBack  RebaseUnfinished
  RecordError            a row would break a rule of its model or table           exit 1
    UnknownField         a value for something that the model does not have
    KeyValidationError   a key that may not be one, or none at all
    DuplicateRecord      another row has what must be unique
      KeyOrNameAlreadyExists
    WrongStatus          a privacy request is at a stage that the verb does not lead on from
    RequestsMoved        others changed the same requests at the same time
    StillReferenced      rows that are not removed refer to rows that would be
    InvalidValue  MissingValue  BrokenReference  CheckFailed
    RecordRefused        the database refused the values, or rows that others refer to
  SqlFailed              the database refused a statement that was typed         exit 1
  DockerError            Docker did not do what it was asked for                 exit 1
    ComposeFailed        Compose ended with an error
    DumpFailed           a database could not be saved before its volume would go
    ComposeOutdated      docker-compose 1.x cannot work with this engine
    PortTaken            a port that a service publishes is in use
    ServiceFailed        a service died, is not healthy, or was not ready in time
  Unavailable            something outside does not answer                       exit 4
    DatabaseUnavailable  no server answers
      AuthenticationFailed   it answers, and refuses the user
    JournalFailed        the journal cannot be read, or not be written
    DatabaseMissing  ServerMissing  ServerFailed  RunnerMissing  CommandMissing  PackageMissing
      ProgramTooOld      a program of PostgreSQL, for the server or a dump
    RunnerFailed         the interpreter or container for the migrations does not start
    CannotListen         the address of a server is taken
    ApiSilent            no server says which paths it has
    LinterFailed         a linter that is run as a program did not work
    GitUnavailable       git is not installed, or cannot read the repository
    EngineUnavailable    no Docker engine answers
    ServiceNotRunning    the service has no container that runs
    CopyFailed           the server did not copy, rename or drop a database
      CopyRefused        the role may not
    TransferFailed       a snapshot was not written to a file, or not read from one
  Locked                 another run is at it                                    exit 6
    LockBusy             it holds the migration lock of the database
    RebaseRunning        it rewrites the revision files of this checkout
    TemplateBusy         it builds the template that is wanted
    CopyRunning          it copies or restores the database
  Refused                it would not be safe                                    exit 5
    ConfirmationNeeded  Declined  ProtectedDatabase  WrongDatabase  VersionTableDiffers
    AlreadyExists  SharedProject
      SnapshotExists     another snapshot of the database has the name
    SnapshotElsewhere    the snapshot is of another database
    NotEnoughSpace       the disk has no room for a copy
    ReplicaRefused       the server follows another one
    PoolerRefused        a pooler where no lock holds
    JournalRefused       the journal cannot be where the setting wants it
    AutogenerateRefused  the database is not what models are to be compared with
  FileNotWritten         a file that was asked for could not be written          exit 1
  OutputFailed           stdout does not take the result                         exit 1
  Bug                    anything that is not in this tree                      exit 70
"""

from fidesdev.errors.base import (
    Bug,
    FidesdevError,
    OutputFailed,
)
from fidesdev.errors.cleaning import (
    BuildInterrupted,
    CleaningInterrupted,
    DumpFailed,
)
from fidesdev.errors.docker import (
    BrokenComposeFile,
    ComposeFailed,
    ComposeFileMissing,
    ComposeOutdated,
    DockerError,
    DockerInterrupted,
    EngineUnavailable,
    PortTaken,
    ServiceFailed,
    ServiceNotRunning,
    SharedProject,
    UnknownService,
)
from fidesdev.errors.dumps import NotADump, ProgramTooOld, TransferFailed
from fidesdev.errors.locked import (
    LockBusy,
    Locked,
    RebaseRunning,
    TemplateBusy,
)
from fidesdev.errors.lookup import (
    AmbiguousModel,
    AmbiguousRecord,
    AmbiguousRevision,
    LookupFailed,
    MissingTable,
    NothingRecorded,
    UnknownModel,
    UnknownRecord,
    UnknownRef,
    UnknownRevision,
    UnknownRow,
    UnknownTable,
    UnknownUrl,
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
    BrokenReference,
    CheckFailed,
    DuplicateRecord,
    InvalidValue,
    KeyOrNameAlreadyExists,
    KeyValidationError,
    MissingValue,
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
    PoolerRefused,
    ProtectedDatabase,
    Refused,
    ReplicaRefused,
    VersionTableDiffers,
    WrongDatabase,
)
from fidesdev.errors.request import (
    FileNotWritten,
    RequestsMoved,
    StillReferenced,
    WrongStatus,
)
from fidesdev.errors.snapshots import (
    AmbiguousSnapshot,
    CopyFailed,
    CopyRefused,
    CopyRunning,
    NotEnoughSpace,
    SnapshotElsewhere,
    SnapshotExists,
    UnknownSnapshot,
)
from fidesdev.errors.unavailable import (
    ApiSilent,
    AuthenticationFailed,
    CannotListen,
    CommandMissing,
    DatabaseMissing,
    DatabaseUnavailable,
    GitUnavailable,
    JournalFailed,
    LinterFailed,
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
    UrlParameterError,
    UsageError,
    WrongType,
)

__all__ = [
    "AlembicConfigMissing",
    "AlreadyExists",
    "AmbiguousModel",
    "AmbiguousRecord",
    "AmbiguousRevision",
    "AmbiguousSnapshot",
    "ApiSilent",
    "AuthenticationFailed",
    "AutogenerateRefused",
    "BadToml",
    "BrokenComposeFile",
    "BrokenReference",
    "Bug",
    "BuildInterrupted",
    "CannotListen",
    "CheckFailed",
    "CleaningInterrupted",
    "CommandMissing",
    "ComposeFailed",
    "ComposeFileMissing",
    "ComposeOutdated",
    "ConfigError",
    "ConfigMissing",
    "ConfirmationNeeded",
    "ConflictUnresolved",
    "CopyFailed",
    "CopyRefused",
    "CopyRunning",
    "DatabaseMissing",
    "DatabaseUnavailable",
    "Declined",
    "DockerError",
    "DockerInterrupted",
    "DumpFailed",
    "DuplicateRecord",
    "EngineUnavailable",
    "EnvFailed",
    "FidesdevError",
    "FileNotWritten",
    "GitUnavailable",
    "GraphError",
    "Interrupted",
    "InvalidTarget",
    "InvalidUrl",
    "InvalidValue",
    "JournalFailed",
    "JournalRefused",
    "KeyOrNameAlreadyExists",
    "KeyValidationError",
    "LinterFailed",
    "LockBusy",
    "LockLost",
    "Locked",
    "LookupFailed",
    "MigrationError",
    "MissingConfig",
    "MissingTable",
    "MissingValue",
    "NotADump",
    "NotApplied",
    "NotEnoughApplied",
    "NotEnoughSpace",
    "NotTakenBack",
    "NotWritten",
    "NothingRecorded",
    "OutputFailed",
    "PackageMissing",
    "ParentsSkipped",
    "PoolerRefused",
    "PortTaken",
    "ProgramTooOld",
    "ProtectedDatabase",
    "RebaseError",
    "RebaseRunning",
    "RebaseUnfinished",
    "RecordError",
    "RecordRefused",
    "Refused",
    "ReplicaRefused",
    "RequestsMoved",
    "RevisionChanged",
    "RunnerDied",
    "RunnerFailed",
    "RunnerMissing",
    "ServerFailed",
    "ServerMissing",
    "ServiceFailed",
    "ServiceNotRunning",
    "SeveralAlembicConfigs",
    "SeveralHeadsLeft",
    "SharedProject",
    "SnapshotElsewhere",
    "SnapshotExists",
    "SourceNotFound",
    "SqlFailed",
    "StalePlan",
    "StepFailed",
    "StillReferenced",
    "TemplateBusy",
    "TransferFailed",
    "Unavailable",
    "UnknownApplied",
    "UnknownField",
    "UnknownKey",
    "UnknownModel",
    "UnknownRecord",
    "UnknownRef",
    "UnknownRevision",
    "UnknownRow",
    "UnknownService",
    "UnknownSnapshot",
    "UnknownTable",
    "UnknownUrl",
    "UpstreamAhead",
    "UpstreamMissing",
    "UrlParameterError",
    "UsageError",
    "VersionTableDiffers",
    "WrongDatabase",
    "WrongStatus",
    "WrongType",
]
