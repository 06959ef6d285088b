"""Calls every operation with a body by a client that openapi-python-client has generated: sweep.py URL FOLDER.

Each with the required fields alone, with all others empty, and with all that have a value here. The client reads each
answer into the classes of the description. What the client sends has to be understood (what it asks for may be done
already, or have gone).
"""

import builtins
import importlib
import inspect
import pkgutil
import sys

url, folder = sys.argv[1:]
sys.path.insert(0, folder)
package = importlib.import_module("twclone_client")
models = importlib.import_module("twclone_client.models")
# The generator forgets to import it where a body of two media types is the only parameter.
builtins.Unset = importlib.import_module("twclone_client.types").Unset
apis = importlib.import_module("twclone_client.api")
OPERATIONS = {
    module.name.rsplit(".", 1)[1]: importlib.import_module(module.name)
    for module in pkgutil.walk_packages(apis.__path__, "twclone_client.api.")
    if not module.ispkg
}
count = 0


def client(name, password):
    """A client with these credentials."""
    return package.Client(base_url=url, httpx_args={"auth": (name, password)} if name else {},
                          raise_on_unexpected_status=True)


def call(who, operation, **arguments):
    """Calls an operation, and answers what the client made of the answer."""
    global count
    count += 1
    answer = OPERATIONS[operation].sync_detailed(client=client(*who), **arguments)
    if int(answer.status_code) >= 300 and int(answer.status_code) not in (404, 409):
        sys.exit(f"{operation} {arguments}: {int(answer.status_code)} {answer.content.decode()}")
    return answer.parsed


def fresh():
    """A name that nobody has yet."""
    return f"client_{count}"


MJ, CHRIS, NOBODY = ("mj", "bulls"), ("chris", "password2"), (None, None)


def question():
    """A message to mj with quick replies, which are those that were sent."""
    options = ["Yes, sure", "No & no", "é=1"]
    sent = call(CHRIS, "post_sendmsg", body=models.SendMessage(to="mj", msg="Well?", quick_replies=options))
    assert [option.text for option in sent.quick_replies] == options, sent
    only = call(CHRIS, "post_sendmsg", body=models.SendMessage(to="mj", msg="Well?", quick_replies=["Only"]))
    assert [option.text for option in only.quick_replies] == ["Only"], only
    return sent.id


def post():
    """A new post of mj's."""
    return call(MJ, "post_post_tweet", body=models.PostTweet(tweet="hello")).id


def refresh():
    """A new refresh token of mj's."""
    return call(NOBODY, "post_auth_login", body=models.LogIn(username="mj", password="bulls")).refresh_token


# The values of fields, and of the parts of paths, by their names in the client.
VALUES = {
    "to": "chris", "from_": "mj", "msg": "hello", "quick_replies": ["Yes", "No"], "tweet": "hello",
    "content": "hello", "message": "hello", "tweet_content": "hello", "author_id": "mj", "user_id": "mj",
    "name": "A name", "bio": "A few words", "email": "client@example.com", "scope": "read",
    "expires_at": "2040-01-01T00:00:00Z", "quantity": 1, "product_id": "1", "up_to": "31", "price": 100, "currency": "USD",
    "stock": 5, "description": "A thing", "username_to_follow": "kobe", "username_to_remove": "kobe",
    "friend_username": "kobe", "follower": "mj", "user": "kobe", "delegate": "steve",
}
SIGN_UP = {"username": fresh, "password": "three plain words"}
LOG_IN = {"username": "mj", "password": "bulls", "required": ["username", "password"]}
OWN = {"username": "mj"}
REPOST = {"id": lambda: call(CHRIS, "post_post_tweet", body=models.PostTweet(tweet="hello")).id, **OWN}
# What differs from that by the operation; a field that is None is not filled.
FOR = {
    "post_replyto": {"reply_to_id": question, "quick_reply": None, "required": ["msg", "reply_to_id"]},
    "post_register": SIGN_UP, "post_auth_api_v1_register": SIGN_UP, "post_auth_signup": SIGN_UP,
    "post_users_sign_up": SIGN_UP, "post_users_new": SIGN_UP,
    "post_login": LOG_IN, "post_auth_api_v1_login": LOG_IN, "post_auth_login": LOG_IN, "post_users_sign_in": LOG_IN,
    "get_users_verify": LOG_IN,
    "post_auth_refresh_token": {"refresh_token": refresh, "required": ["refresh_token"]},
    "post_auth_logout": {"refresh_token": refresh},
    "post_repost": REPOST, "post_listmsg_user_read": {"user": "mj"},
    "put_user": {"email": None, "password": None, "current_password": None, "required": ["name"]},
    "patch_user": {"email": None, "password": None, "current_password": None, "required": ["bio"]},
    "put_users_user": {"email": None, "password": None, "current_password": None, "user": "mj", "required": ["bio"]},
    "put_users_user_delegates_delegate": {"user": "mj"},
    "post_add_to_cars_user": {"user": "mj"}, "post_tweets_user": {"user": "mj"},
    "post_user_follow": {"username": "kobe", "required": ["username"]},
    "post_user_unfollow": {"username": "kobe", "required": ["username"]},
}
# One ends the account, the other is for administrators.
LEFT_OUT = {"delete_user", "put_product_id"}


def value(special, name):
    """The value of a field, a fresh one where it has to be; `None` where it has none."""
    found = special[name] if name in special else VALUES.get(name)
    return found() if callable(found) else found


def sweep(operation):
    """Calls an operation in each way."""
    module = OPERATIONS[operation]
    parameters = inspect.signature(module.sync_detailed).parameters
    special = {**OWN, **FOR.get(operation, {})}
    model = next((getattr(models, name) for name in dir(models)
                  if name in str(parameters["body"].annotation).replace("twclone_client.models", "")
                  .replace("|", " ").replace(".", " ").replace("'", " ").split()), None)
    fields = inspect.signature(model.__init__).parameters
    names = [name for name in fields if name != "self"]
    required = [name for name in names if fields[name].default is inspect.Parameter.empty]
    required += [name for name in special.get("required", []) if name not in required]
    for others in ("left out", "empty", "filled"):
        path = {name: post() if name == "id" else value(special, name)
                for name in ("user", "delegate", "id") if name in parameters}
        body = {name: value(special, name) for name in required}
        for name in names:
            if name not in required and others == "empty":
                body[name] = None
            elif name not in required and others == "filled" and value(special, name) is not None:
                body[name] = value(special, name)
        call(NOBODY if "username" in body and "password" in body else MJ, operation, body=model(**body), **path)


question()
for operation in sorted(OPERATIONS):
    if "body" in inspect.signature(OPERATIONS[operation].sync_detailed).parameters and operation not in LEFT_OUT:
        sweep(operation)
print(f"{count} calls by {folder}")
