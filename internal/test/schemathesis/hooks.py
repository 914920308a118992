"""What Schemathesis is told about the service beyond its contract.

Who acts, and how that goes on after a case has ended the session; how a value
is made that the tool cannot make by itself; what a stream consists of; and which
requests may be refused although they conform, each with its reason.
"""

import hashlib
import json
import os
import re
import secrets
import subprocess
import threading
import time

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation

BASE_URL = os.environ["CONTRACT_BASE_URL"]
PROGRAM = os.environ["CONTRACT_PROGRAM"]
ROLE = os.environ["CONTRACT_ROLE"]
PASSWORD = secrets.token_urlsafe(24)


def call(method, path, token, body=None):
    """A request of the hooks' own, which is no case."""
    header = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.request(method, f"{BASE_URL}/api/v1{path}", json=body, headers=header, timeout=30)


class Account:
    """Somebody who acts, and somebody else as soon as that one cannot any more.

    The cases sign out, revoke sessions, delete accounts and take roles away, those of
    whoever acts among them. Whoever comes next is made by the command line, beside
    the API, because no administrator may be left to do it.
    """

    def __init__(self, role):
        self.role = role
        self.email = None
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
        email = f"acting-{secrets.token_hex(6)}@contract.example"
        subprocess.run(
            [PROGRAM, "user", "create", f"--email={email}", f"--role={self.role}", "--name=Acting"],
            check=True,
            capture_output=True,
            env={**os.environ, "COORDINATOR_USER_PASSWORD": PASSWORD},
        )
        answer = call("POST", "/users/login", None, {"email": email, "password": PASSWORD})
        answer.raise_for_status()
        session = answer.json()
        self.email = email
        if self.role == "user":
            self._join_projects(session["access_token"])
        return session["access_token"], session["expires_in"]

    def _join_projects(self, token):
        """A user sees the projects on whose team it is, and none without."""
        user_id = call("GET", "/users/me", token).json()["id"]
        admin = Account("admin").token()
        for project in call("GET", "/projects?page_size=10", admin).json()["data"]:
            call("POST", f"/projects/{project['id']}/team/{user_id}", admin, {"role": "contributor"})


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
    if case.method == "DELETE" and response.status_code == 204:
        living.forget()
    sent = response.request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not sent or sent != acting._token or case.operation.definition.raw.get("security") == []:
        return
    if response.status_code == 401 or response.status_code == 403 and not still_acts(sent):
        acting.token(spent=sent)


def still_acts(token):
    me = call("GET", "/users/me", token)
    return me.status_code == 200 and me.json()["role"] == ROLE


class Living:
    """What there is, by the parameter that stands for it in a path. The tool draws the
    ids that it has seen, and deletes what they stand for; most requests would end in 404."""

    LISTS = {
        "client_id": "/clients",
        "project_id": "/projects",
        "task_id": "/tasks",
        "user_id": "/users",
        "comment_id": "/comments",
        "time_entry_id": "/time-entries",
        "webhook_id": "/webhooks",
        "api_key_id": "/api-keys",
    }

    def __init__(self):
        self._lock = threading.Lock()
        self._ids = {}

    def forget(self):
        with self._lock:
            self._ids.clear()

    def ids(self, parameter):
        with self._lock:
            if parameter not in self._ids:
                answer = call("GET", self.LISTS[parameter] + "?page_size=50", acting.token())
                found = [row["id"] for row in answer.json()["data"]] if answer.status_code == 200 else []
                self._ids[parameter] = found
            return self._ids[parameter]


living = Living()


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Let a case get as far as to what it is about."""
    if case.meta is None:
        return
    if case.meta.phase.name.value in ("coverage", "fuzzing"):
        lead_somewhere(case)
    key = case.headers.get("Idempotency-Key")
    if key and not case.meta.is_negative_at(ParameterLocation.HEADER):
        # A key belongs to one request, and is refused with another whatever else is wrong
        # with that. The same request keeps it, and is repeated.
        sent = f"{case.method} {case.formatted_path} {digest(case.body)}".encode("utf-8", "surrogatepass")
        case.headers["Idempotency-Key"] = key[:200] + hashlib.sha256(sent).hexdigest()[:24]
    if not case.meta.generation.mode.is_positive:
        return
    query = case.query or {}
    if "page" in query or digest(query) % 4:
        # Either leads through a list, which no schema of parameters says; and one that was
        # made up leads nowhere.
        query.pop("cursor", None)
        query.pop("after", None)
    if {"from", "to"} <= query.keys() and digest(query) % 4:
        del query["to"]
    if isinstance(case.body, dict):
        know_the_password(case)


def digest(value):
    text = json.dumps(value, sort_keys=True, default=repr)
    return int(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8], 16)


# What a field of a body names, and the list that it is in.
NAMED = {
    "project_id": "project_id",
    "client_id": "client_id",
    "prerequisite_id": "task_id",
    "principal_id": None,
    "parent_id": None,
    "assignee_id": None,
    "user_id": None,
    "owner_id": None,
    "manager_id": None,
    "reply_to_id": None,
    "project_ids": None,
    "client_ids": None,
    "mentioned_ids": None,
    "prerequisite_ids": None,
    "after_id": "task_id",
    "before_id": "task_id",
    "due_date": None,
}


def lead_somewhere(case):
    """Put what there is in the place of well-formed ids of what there is not, and leave out
    three times of four what may be: a made-up id is refused whatever else is sent with it,
    and that is what a case that is not about it would find again and again."""
    for name, value in (case.path_parameters or {}).items():
        ids = living.ids(name) if name in Living.LISTS else []
        if ids and is_id(value) and value not in ids:
            case.path_parameters[name] = ids[digest(case.body) % len(ids)]
    if not isinstance(case.body, dict) or case.path.endswith("/assign"):
        return
    chosen = digest(case.body)
    for name in NAMED.keys() & case.body.keys():
        value = case.body[name]
        ids = living.ids(NAMED[name]) if NAMED[name] else []
        if ids and is_id(value) and value not in ids:
            case.body[name] = ids[chosen % len(ids)]
        elif not ids and chosen % 4 and made_up(value):
            del case.body[name]


def made_up(value):
    return is_id(value) or is_date(value) or isinstance(value, list) and value and all(is_id(v) for v in value)


def is_id(value):
    return isinstance(value, str) and re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value)


def is_date(value):
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)


def know_the_password(case):
    """Nobody gets past a password that was made up."""
    if "/users/me/" in case.path:
        for name in {"password", "current_password"} & case.body.keys():
            case.body[name] = PASSWORD
    if case.path.endswith("/users/login"):
        case.body.update(email=acting.email, password=PASSWORD)


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


FILES = ("application/x-ndjson", "text/csv")


@schemathesis.serializer(*FILES)
def file(ctx, value):
    text = value if isinstance(value, str) else json.dumps(value)
    return {"data": text.encode("utf-8", "replace")}


# Rules between fields, or between a request and what there is or is set: a schema of
# OpenAPI 3.0 cannot say them. A request that breaks nothing else conforms and is refused
# with 422 all the same. Any other refusal of a request that conforms is a rule that the
# contract keeps to itself, and a failure. By code: where the rule may be broken, and what it is.
RULES = {
    # What is named.
    "not_found": (r"/.*_(id|ids/\d+|ref|refs/\d+)", "what is named has to be there, and in the same project"),
    "other_project": (r"/.*_refs?(/\d+)?", "what is named has to be there, and in the same project"),
    "not_yours": (r"/principal_id", "a key is for oneself or an agent of one's own"),
    "not_a_person": (r"/owner_id", "an agent does not look after a client"),
    "not_a_manager": (r"/manager_id", "a project is managed by a manager"),
    "not_a_member": (r"(/items/\d+)?/(assignee_id|user_id)", "a task is done by somebody on the team of its project"),
    "unknown": (
        r"/mentioned_ids/\d+|/reply_to_id",
        "who is mentioned has to see the comment, and a reply stands where what it replies to does",
    ),
    "itself": (r"/.*_id", "a task does not stand before or after itself"),
    "too_many": (r"/.*prerequisite\w+.*|/custom_fields|/external_references", "there may be some already"),
    "too_many_mentions": (r"/body", "a text mentions 50 people at most"),
    "not_callable": (r"/url", "what is called is reached in public, by TLS"),
    # How fields go together.
    "required": (
        r"/code|/external_(id|source)|/items/\d+/\w+|/reason",
        "one of two fields is needed, or both or neither, or what the status or the op of an item needs",
    ),
    "not_for_op": (r"/items/\d+/\w+", "the fields of an item depend on its op"),
    "empty": (r"/items/\d+", "an item that updates changes something"),
    "repeated": (r"/items/\d+/\w+", "one thing is named in one way, and once"),
    "not_allowed": (r"/ai|/assisted_by", "an agent's comment says with what it was written, a person's what helped"),
    "currency_mismatch": (r"/hourly_rate/currency", "a project has one currency"),
    "above_owner": (r"/role", "an agent has no more rights than its owner"),
    "derived": (r"(/items/\d+)?/(progress|remaining_minutes)", "how far a task with subtasks is follows from them"),
    "done": (r"(/items/\d+)?/progress", "a task that is done is so to 100 percent"),
    # Time.
    "before_from": (r"query:\w+", "a period ends after it begins"),
    "not_after_from": (r"/working_hours/.*", "a period ends after it begins"),
    "overlap": (r"/working_hours/.*", "the periods of a day are one after the other"),
    "before_start": (r"/ends_on", "a project ends after it begins"),
    "out_of_range": (r"/starts_on", "a clone does not begin before the calendar does"),
    "outside_project": (r"(/items/\d+)?/due_date", "a task is due while its project runs"),
    "in_the_past": (r"/expires_at", "what expires does so later"),
    "too_late": (r"/expires_at", "a key is valid for a year"),
    "in_future": (r"/spent_on", "what was worked has been worked"),
    "unknown_time_zone": (r"/time_zone", "time zones are those of the IANA"),
    "unknown_locale": (r"/locale", "locales are those of BCP 47"),
    # What one knows.
    "not_valid": (r"/\w*token", "a token was mailed"),
    "not_invited": (r"/email", "an invitation is for one address"),
    "wrong": (r"/(code|recovery_code|password|current_password)", "what one knows is what was set"),
    "common": (r"/(new_)?password", "a password is none of those that are tried first"),
    "personal": (r"/(new_)?password", "a password is not the name or the address of its owner"),
    "too_short": (r"/(new_)?password", "the least length of a password is a setting"),
    # Pages.
    "cursor": (r"query:(cursor|after)", "a cursor is one that was answered"),
    "with_cursor": (r"query:\w+", "a cursor says already where to go on"),
    "sort": (r"query:(sort|cursor)", "a list is sorted by each field once, and a cursor is of one order"),
    "too_deep": (r"query:page", "pages end at row 10,000"),
    # Names and values of the agency's own making.
    "name": (r"/(custom_fields|external_references)/.*", "OpenAPI 3.0 has no patterns of names"),
    "type": (r"/custom_fields/.*", "a value is a text, a number or a truth: the contract has no oneOf"),
    "too_long": (r"/custom_fields/.*", "a value is a text, a number or a truth: the contract has no oneOf"),
    # Money goes below zero in what is calculated, and not in what is set.
    "too_small": (r"/.*/amount_minor", "there is one type of money, and it goes below zero where it is calculated"),
    "minimum": (r"/.*/amount_minor", "there is one type of money, and it goes below zero where it is calculated"),
}


@schemathesis.hook
def filter_failure(ctx, failure, case, response):
    kind = type(failure).__name__
    if kind == "RejectedPositiveData" and response.status_code == 422:
        return not breaks_rules_alone(response)
    if kind == "AcceptedNegativeData" and case.media_type in FILES:
        # A file is text, and so is whatever is sent as one. What is wrong in it is told
        # line by line in an answer of 200; nothing of it is imported then.
        return any(
            case.meta.is_negative_at(location)
            for location in ParameterLocation
            if location != ParameterLocation.BODY
        )
    return True


def breaks_rules_alone(response):
    problem = response.json()
    if problem["code"] == "idempotency_key_reused":
        return True
    return bool(problem.get("errors")) and all(is_rule(e["code"], e["pointer"]) for e in problem["errors"])


def is_rule(code, pointer):
    return code in RULES and re.fullmatch(RULES[code][0], pointer, re.DOTALL) is not None
