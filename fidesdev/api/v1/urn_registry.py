"""The paths of version 1, under its prefix; a view imports the constant that it serves.

The names and paths are those of Fides' own `urn_registry`, for every resource that has a model
here. Identities are part of a request, and its execution and audit logs are one log, as in Fides.
"""

V1_URL_PREFIX = "/api/v1"

CLIENT = "/oauth/client"
CLIENT_BY_ID = "/oauth/client/{client_id}"

POLICY_LIST = "/dsr/policy"
POLICY_DETAIL = "/dsr/policy/{policy_key}"
RULE_LIST = "/dsr/policy/{policy_key}/rule"
RULE_DETAIL = "/dsr/policy/{policy_key}/rule/{rule_key}"

PRIVACY_REQUEST = "/privacy-request"
PRIVACY_REQUEST_APPROVE = "/privacy-request/administrate/approve"
PRIVACY_REQUEST_CANCEL = "/privacy-request/administrate/cancel"
PRIVACY_REQUEST_DENY = "/privacy-request/administrate/deny"
PRIVACY_REQUEST_DETAIL = "/privacy-request/{privacy_request_id}"
PRIVACY_REQUEST_SEARCH = "/privacy-request/search"
PRIVACY_REQUEST_SOFT_DELETE = "/privacy-request/{privacy_request_id}/soft-delete"
REQUEST_STATUS_LOGS = "/privacy-request/{privacy_request_id}/log"

USERS = "/user"
USER_DETAIL = "/user/{user_id}"
