use twclone_testkit::json;

use super::row::{Row, System};

pub(super) fn system() -> System {
    System {
        title: "5. Paged tweets, follows and shop",
        test: "paged_shop",
        remarks: &["Users are identified by name or id.", "MySQL and Redis are not needed."],
        rows: [users(), products(), carts(), tweets(), follows(), codes()].into_iter().flatten().collect(),
    }
}

fn users() -> Vec<Row> {
    vec![
        Row::new("5-sign-up", "`POST` `/users/SignUp`", "201: the user")
            .call_for(
                "http POST localhost:5000/users/SignUp username=dennis email=dennis@example.com password='worm of 1991'",
                201,
                json!({"id": "*", "username": "dennis"}),
            )
            .keeps("dennis", "/id"),
        Row::new("5-sign-in", "`POST` `/users/SignIn`", "200: tokens").call_for(
            "http POST localhost:5000/users/SignIn username=dennis password='worm of 1991'",
            200,
            json!({"access_token": "*"}),
        ),
        Row::new("5-update-user", "`PUT` `/users/{user_Id}`", "200: the user")
            .differs("Only for the user.")
            .call_for("http -a 'dennis:worm of 1991' PUT localhost:5000/users/{dennis} name=Dennis", 200, json!({"name": "Dennis"}))
            .call_to("http -a chris:password2 PUT localhost:5000/users/{dennis} name=Chris", 403),
    ]
}

fn products() -> Vec<Row> {
    vec![
        Row::new("5-products", "`GET` `/products`", "200: `products`, newest first").call_for(
            "http GET localhost:5000/products",
            200,
            json!({"products": [{"id": "5", "name": "Rebound net", "price": 34900, "currency": "USD", "stock": 0}]}),
        ),
        Row::new("5-product", "`GET` `/product/{product_Id}`", "200: the product; `ETag`")
            .differs("Prices are whole numbers of the currency's minor unit.")
            .call_for(
                "http GET localhost:5000/product/1",
                200,
                json!({"name": "Basketball", "price": 5999, "currency": "USD"}),
            ),
        Row::new(
            "5-update-product",
            "`PUT` `/product/{product_Id}`",
            "200: the product; 412 if `If-Match` does not match",
        )
        .differs("Only for administrators. Create one with `twclone-admin users role`.")
        .call_to("http -a chris:password2 PUT localhost:5000/product/1 price=4999", 403),
    ]
}

fn carts() -> Vec<Row> {
    vec![
        Row::new("5-add-to-car", "`POST` `/addToCars/{user_Id}`", "201: the line; `ETag`")
            .differs("Only for the owner of the cart.")
            .call_for(
                "http -a chris:password2 POST localhost:5000/addToCars/chris product_id=1 quantity=2",
                201,
                json!({"id": "*", "product_id": "1", "quantity": 2, "added_at": "*"}),
            )
            .keeps("line", "/id")
            .call_to("http -a steve:password2 POST localhost:5000/addToCars/chris product_id=1 quantity=2", 403),
        Row::new("5-cars", "`GET` `/addToCars/{user_Id}`", "200: `cart`, newest first").call_for(
            "http -a chris:password2 GET localhost:5000/addToCars/chris",
            200,
            json!({"cart": [{"product_id": "1", "quantity": 2}]}),
        ),
        Row::new("5-car", "`GET` `/addToCar/{addToCar_Id}`", "200: the line; `ETag`")
            .call_for("http -a chris:password2 GET localhost:5000/addToCar/{line}", 200, json!({"quantity": 2}))
            .call_to("http -a steve:password2 GET localhost:5000/addToCar/{line}", 404),
        Row::new("5-update-car", "`PUT` `/addToCar/{addToCar_Id}`", "200: the line; 412 if `If-Match` does not match")
            .call_for(
                "http -a chris:password2 PUT localhost:5000/addToCar/{line} quantity=3 If-Match:'\"0\"'",
                200,
                json!({"quantity": 3}),
            )
            .call_to("http -a chris:password2 PUT localhost:5000/addToCar/{line} quantity=4 If-Match:'\"0\"'", 412)
            .call_to("http -a chris:password2 PUT localhost:5000/addToCar/{line} quantity=0", 204),
    ]
}

fn tweets() -> Vec<Row> {
    vec![
        Row::new("5-create-tweet", "`POST` `/tweets/{user_Id}`", "201: the tweet")
            .differs("Only for the user and their delegates.")
            .call_for(
                "http -a chris:password2 POST localhost:5000/tweets/chris content='Nine sharp.'",
                201,
                json!({"id": "*", "user_id": "5", "username": "chris", "content": "Nine sharp.", "created_at": "*"}),
            )
            .keeps("tweet", "/id"),
        Row::new("5-tweets", "`GET` `/tweets?limit=10&page=4`", "200: `tweets`, newest first; `page`, `limit`")
            .differs("Page numbers work up to the 1,000th item. Cursors have no limit.")
            .call_for(
                "http GET 'localhost:5000/tweets?limit=10&page=4'",
                200,
                json!({"tweets": [], "page": 4, "limit": 10}),
            )
            .call_for(
                "http GET 'localhost:5000/tweets?limit=10&page=1'",
                200,
                json!({"tweets": [{"content": "Nine sharp."}]}),
            )
            .call_to("http GET 'localhost:5000/tweets?limit=10&page=101'", 422),
        Row::new("5-tweets-of-user", "`GET` `/tweets/{user_Id}?limit=10&page=4`", "200: the same, for one user")
            .call_for(
                "http GET 'localhost:5000/tweets/5?limit=10&page=4'",
                200,
                json!({"tweets": [], "page": 4, "limit": 10}),
            )
            .call_for(
                "http GET 'localhost:5000/tweets/chris?limit=1&page=1'",
                200,
                json!({"tweets": [{"username": "chris"}]}),
            ),
        Row::new("5-tweet", "`GET` `/tweet/{tweet_Id}`", "200: the tweet").call_for(
            "http GET localhost:5000/tweet/{tweet}",
            200,
            json!({"content": "Nine sharp."}),
        ),
        Row::new("5-update-tweet", "`PUT` `/tweet/{tweet_Id}`", "200: the tweet")
            .differs("Only for the author and their delegates.")
            .call_for(
                "http -a chris:password2 PUT localhost:5000/tweet/{tweet} content='Ten sharp.'",
                200,
                json!({"content": "Ten sharp."}),
            ),
    ]
}

fn follows() -> Vec<Row> {
    vec![
        Row::new("5-follow", "`POST` `/followers/{user_Id}`", "201")
            .call_to("http -a chris:password2 POST localhost:5000/followers/scottie", 201),
        Row::new("5-followers", "`GET` `/followers/{user_Id}`", "200: `followers`, newest first").call_for(
            "http GET localhost:5000/followers/7",
            200,
            json!({"followers": [{"username": "chris"}]}),
        ),
        Row::new("5-unfollow", "`DELETE` `/followers/{user_Id}`", "200")
            .call_to("http -a chris:password2 DELETE localhost:5000/followers/scottie", 200),
    ]
}

fn codes() -> Vec<Row> {
    vec![
        Row::new("5-200", "`200` `OK`", "on success").call_to("http GET localhost:5000/products", 200),
        Row::new("5-201", "`201` `Created`", "when a record was created")
            .call_to("http -a chris:password2 POST localhost:5000/tweets/chris content=Again.", 201),
        Row::new("5-304", "`304` `Not modified`", "if the client has the current version (`If-None-Match`)")
            .call_to("http GET localhost:5000/product/1 If-None-Match:'\"0\"'", 304),
        Row::new("5-400", "`400` `Bad request`", "if the request cannot be read")
            .call_to("http POST localhost:5000/users/SignIn --raw '{'", 400),
        Row::new("5-401", "`401` `Unauthorized`", "if authentication failed")
            .call_to("http -a chris:wrong GET localhost:5000/addToCars/chris", 401),
        Row::new("5-403", "`403` `Forbidden`", "if you do not have permission")
            .call_to("http -a chris:password2 PUT localhost:5000/product/1 stock=1", 403),
        Row::new("5-404", "`404` `Not found`", "if the resource does not exist").call_to("http GET localhost:5000/product/99", 404),
        Row::new("5-440", "`440` `No accept header`", "if `Accept` is missing, on the routes of this system")
            .differs("httpie sends the header by default. The routes of the other systems do not require it.")
            .call_to("http GET localhost:5000/products Accept:", 440),
        Row::new("5-422", "`422` `Unprocessable entity`", "if fields are missing or invalid, with their names").call_for(
            "http -a chris:password2 POST localhost:5000/addToCars/chris quantity=0",
            422,
            json!({"errors": [{"field": "product_id"}, {"field": "quantity"}]}),
        ),
        Row::new("5-500", "`500` `Internal server error`", "on internal errors")
            .differs("No request causes a 500. If a store refuses or hangs, the response is 503, with `Retry-After` (`server/tests/scenarios/faults/`).")
            .call_to("http -a chris:password2 PUT localhost:5000/tweet/0 content=x", 404),
        Row::new("5-502", "`502` `Bad Gateway`", "if a store is unavailable")
            .differs("Tested by `server/tests/scenarios/faults/`. In this row, the store is available.")
            .call_to("http GET localhost:5000/readyz", 200),
    ]
}
