"""What Schemathesis is told about the service beyond its contract.

Who acts, and how that goes on after a case has ended the session; how a value
is made that the tool cannot make by itself; what a stream consists of; and which
requests may be refused although they conform, each with its reason.
"""

import hashlib
import json
import os
import secrets
import subprocess
import threading
import time

import requests
import schemathesis
from hypothesis import strategies as st

BASE_URL = os.environ["CONTRACT_BASE_URL"]
PROGRAM = os.environ["CONTRACT_PROGRAM"]
ROLE = os.environ["CONTRACT_ROLE"]
PASSWORD = secrets.token_urlsafe(24)


class Account:
    """Somebody who acts, and somebody else as soon as that one cannot any more.

    The cases sign out, revoke sessions, delete accounts and take roles away, those of
    whoever acts among them. Whoever comes next is made by the command line, beside
    the API, because no administrator may be left to do it.
    """

    def __init__(self, role):
        self.role = role
        self.made = 0
        self._lock = threading.Lock()
        self._token = None
        self._until = 0.0

    def token(self, spent=None):
        with self._lock:
            if self._token is None or self._token == spent or time.monotonic() > self._until:
                self._token, lifetime = self._sign_in()
                self._until = time.monotonic() + lifetime / 2
            return self._token

    def _sign_in(self):
        self.made += 1
        email = f"acting-{secrets.token_hex(6)}@contract.example"
        subprocess.run(
            [PROGRAM, "user", "create", f"--email={email}", f"--role={self.role}", "--name=Acting"],
            check=True,
            capture_output=True,
            env={**os.environ, "COORDINATOR_USER_PASSWORD": PASSWORD},
        )
        answer = requests.post(
            f"{BASE_URL}/api/v1/users/login", json={"email": email, "password": PASSWORD}, timeout=30
        )
        answer.raise_for_status()
        session = answer.json()
        if self.role == "user":
            self._join_projects(session["user"]["id"])
        return session["access_token"], session["expires_in"]

    def _join_projects(self, user_id):
        """A user sees the projects on whose team it is, and none without."""
        header = {"Authorization": f"Bearer {Account('admin').token()}"}
        projects = requests.get(f"{BASE_URL}/api/v1/projects?page_size=10", headers=header, timeout=30).json()
        for project in projects["data"]:
            requests.post(
                f"{BASE_URL}/api/v1/projects/{project['id']}/team/{user_id}", json={}, headers=header, timeout=30
            )


acting = Account(ROLE)


@schemathesis.auth(refresh_interval=None)
class Bearer:
    def get(self, case, ctx):
        return acting.token()

    def set(self, case, data, ctx):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def after_call(ctx, case, response):
    """Have somebody else act when what was sent is not taken any more."""
    sent = response.request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not sent or sent != acting._token or case.operation.definition.raw.get("security") == []:
        return
    if response.status_code == 401 or response.status_code == 403 and not still(sent):
        acting.token(spent=sent)


def still(token):
    """Whether the token is that of somebody with the role still."""
    answer = requests.get(f"{BASE_URL}/api/v1/users/me", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    return answer.status_code == 200 and answer.json()["role"] == ROLE


# The tool makes headers of letters and digits alone, unless their format is one
# that it was told of; without a value that conforms it would send one that does not
# along with everything else, and hide behind its refusal what it is after.
schemathesis.openapi.format("entity-tag", st.sampled_from(["*", '"1"', '"2-Wq"', 'W/"1"']))


@schemathesis.hook
def before_load_schema(ctx, raw_schema):
    for name in ("IfMatch", "IfNoneMatch"):
        raw_schema["components"]["parameters"][name]["schema"]["format"] = "entity-tag"
    for item in raw_schema["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                for response in operation.get("responses", {}).values():
                    describe_stream(response.get("content", {}))


def describe_stream(content):
    """Say of a stream what each message is, as the tool reads it: the contract can
    only say that the whole is a text, and names the types of the data beside it."""
    stream = content.get("text/event-stream")
    if stream is None or "properties" in stream["schema"]:
        return
    schema = stream["schema"]
    stream["schema"] = {
        "type": "object",
        "properties": {
            "event": {"type": "string", "minLength": 1},
            "id": {"type": "string", "minLength": 1},
            "retry": {"type": "integer", "minimum": 1},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"anyOf": [schema["x-data"], schema["x-notice"]]},
            },
        },
    }


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Make of a request that is meant to be taken one that can be."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    key = case.headers.get("Idempotency-Key")
    if key:
        # A key belongs to one request. The same request keeps it, and is repeated.
        body = json.dumps(case.body, sort_keys=True, default=repr)
        sent = f"{case.method} {case.formatted_path} {body}".encode("utf-8", "surrogatepass")
        case.headers["Idempotency-Key"] = key[:200] + hashlib.sha256(sent).hexdigest()[:24]
    if "page" in (case.query or {}):
        # Either leads through a list; no schema of parameters says so.
        case.query.pop("cursor", None)


# Rules that hold between fields, or between the request and what there is: OpenAPI 3.0
# cannot say them of a request. Whoever breaks one of these alone is refused with 422 and
# yet conforms; any other refusal with 422 is a rule that the contract keeps to itself.
RULES = {
    "after_end": "",
}


@schemathesis.hook
def filter_failure(ctx, failure, case, response):
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 422:
        return True
    return True
