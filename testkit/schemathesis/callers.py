"""Who makes the requests: people of the seed data and an administrator, in turn. Requests of any kind delete accounts,
change passwords, end sessions; who cannot log in any more is followed by somebody new."""

import base64
import functools
import itertools
import json
import os
import threading
import urllib.error
import urllib.request

import schemathesis

SERVER = os.environ["TWCLONE_URL"]
FORM = "application/x-www-form-urlencoded"


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def status(method, path, body=None, authorization=None):
    headers = {"Content-Type": "application/json"}
    if authorization:
        headers["Authorization"] = authorization
    data = json.dumps(body).encode() if body else None
    try:
        return urllib.request.urlopen(urllib.request.Request(SERVER + path, data, headers, method=method)).status
    except urllib.error.HTTPError as error:
        return error.code


@schemathesis.auth(refresh_interval=None)
class Callers:
    def __init__(self):
        self.lock = threading.Lock()
        self.people = [basic("mj", "bulls"), basic("warden", "proof of 1991"), basic("chris", "password2")]
        self.turns = itertools.count()
        self.names = itertools.count()

    def get(self, case, context):
        with self.lock:
            place = next(self.turns) % len(self.people)
            if status("GET", "/auth/sessions", authorization=self.people[place]) == 401:
                self.people[place] = self.newcomer()
            return self.people[place]

    def set(self, case, authorization, context):
        case.headers = {**(case.headers or {}), "Authorization": authorization}

    def newcomer(self):
        for number in self.names:
            name, password = f"newcomer{number}", "proof of 1991"
            account = {"username": name, "password": password, "email": f"{name}@example.com"}
            if status("POST", "/register", account) == 201:
                return basic(name, password)


@functools.cache
def optional_fields(path, method):
    """The fields that the form of an operation may leave out."""
    description = json.load(urllib.request.urlopen(SERVER + "/openapi.json"))
    schema = description["paths"][path][method]["requestBody"]["content"][FORM]["schema"]
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema["properties"].keys() - set(schema.get("required", []))


@schemathesis.hook
def filter_case(context, case):
    """An empty value in a form says that there is none. A description cannot say so of a field that has a pattern."""
    if case.media_type != FORM or not isinstance(case.body, dict):
        return True
    empty = {name for name, value in case.body.items() if value in ("", None, [])}
    return not empty & optional_fields(case.operation.path, case.operation.method.lower())
