use item_store::api::{Attributes, Change, Condition, Direction, Effect, Key, SortRange, Value, Write};
use twclone_schema::MESSAGES;

use super::{ITEM_BYTES, action, all_pages, assert_invalid, attributes, item, key, on_each_engine, put, query, text};

const MEGABYTE: usize = 1024 * 1024;

fn own() -> Key {
    key("p", "s")
}

/// Returns the size of an item with this key and the attribute `text`, without the text: names and key, in bytes.
fn frame(key: &Key) -> usize {
    "partition".len() + key.partition.len() + "sort".len() + key.sort.len() + "text".len()
}

/// Returns an item of exactly this many bytes.
fn sized(key: &Key, bytes: usize) -> Attributes {
    Attributes::from_iter([("text".into(), text("x".repeat(bytes - frame(key))))])
}

#[tokio::test]
async fn an_item_of_exactly_400_kb_is_put_and_one_byte_more_is_not() {
    on_each_engine(async |tables| {
        let (largest, larger) = (sized(&own(), ITEM_BYTES), sized(&own(), ITEM_BYTES + 1));
        assert_invalid(tables.transact(vec![action(own(), [], Effect::Put(larger.clone()))]).await, "put");
        let batch = |attributes| vec![Write::Put(MESSAGES, item(own(), attributes))];
        assert_invalid(tables.batch_write(batch(larger)).await, "batch");
        assert_eq!(attributes(&tables, &own()).await, None);

        put(&tables, own(), largest.clone()).await;
        assert_eq!(attributes(&tables, &own()).await, Some(largest.clone()));
        put(&tables, own(), Attributes::new()).await;
        tables.batch_write(batch(largest.clone())).await.unwrap();
        assert_eq!(attributes(&tables, &own()).await, Some(largest));
    })
    .await;
}

#[tokio::test]
async fn letters_count_by_their_bytes() {
    on_each_engine(async |tables| {
        let bytes = ITEM_BYTES - frame(&own());
        let emoji = |letters: usize| Attributes::from_iter([("text".into(), text("😀".repeat(letters)))]);
        put(&tables, own(), emoji(bytes / 4)).await;
        let larger = Effect::Put(emoji(bytes / 4 + 1));
        assert_invalid(tables.transact(vec![action(own(), [], larger)]).await, "emoji");
    })
    .await;
}

/// The limits do not see the resulting item: the engine has to measure it, as DynamoDB does.
#[tokio::test]
async fn an_update_lets_an_item_grow_to_exactly_400_kb() {
    let mixed = || {
        Attributes::from_iter([
            ("a".into(), Value::Bytes(vec![1; 1_000])),
            ("b".into(), Value::Flag(true)),
            ("c".into(), Value::List(vec![text("é"), Value::Flag(false), Value::List(Vec::new())])),
            ("d".into(), Value::Map(Attributes::from_iter([("name".into(), text("x")), ("other".into(), text("y"))]))),
        ])
    };
    // Names and values; a list or a map has 3 bytes, and 1 for each element.
    let taken = 1 + 1_000 + 1 + 1 + (1 + 3 + 3 + 2 + 1 + 3) + (1 + 3 + 2 + 4 + 1 + 5 + 1);
    on_each_engine(async |tables| {
        for before in [Attributes::new(), mixed()] {
            put(&tables, own(), before.clone()).await;
            let room = ITEM_BYTES - frame(&own()) - if before.is_empty() { 0 } else { taken };
            let grow =
                |bytes| vec![action(own(), [], Effect::Update(vec![Change::Set("text", text("x".repeat(bytes)))]))];
            assert_invalid(tables.transact(grow(room + 1)).await, "one byte more");
            assert_eq!(attributes(&tables, &own()).await, Some(before));
            tables.transact(grow(room)).await.unwrap();
            assert_eq!(attributes(&tables, &own()).await.unwrap()[&"text".into()], text("x".repeat(room)));
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_of_exactly_1_mb_is_full() {
    let keys: Vec<_> = (10..19).map(|place| key("p", &format!("{place}"))).collect();
    on_each_engine(async |tables| {
        for key in &keys {
            put(&tables, key.clone(), sized(key, MEGABYTE / 4)).await;
        }
        let pages = all_pages(&tables, query("p", SortRange::All, Direction::Ascending, 1_000)).await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 1]);
    })
    .await;
}

/// Sizes as observed in DynamoDB Local: one byte, one for every two digits without zeros at the end, and one for a
/// minus sign.
#[tokio::test]
async fn numbers_count_by_their_digits() {
    let sizes = [
        (0, 1),
        (1, 2),
        (-1, 3),
        (99, 2),
        (101, 3),
        (-101, 4),
        (1_000, 2),
        (1_001, 3),
        (1_010, 3),
        (10_001, 4),
        (10_000_000, 2),
        (i64::MAX - 7, 10),
        (i64::MAX, 11),
        (i64::MIN, 12),
    ];
    on_each_engine(async |tables| {
        for (number, bytes) in sizes {
            let with = |total: usize| {
                let mut attributes = sized(&own(), total - "n".len() - bytes);
                attributes.insert("n".into(), Value::Number(number));
                attributes
            };
            put(&tables, own(), with(ITEM_BYTES)).await;
            let larger = with(ITEM_BYTES + 1);
            let grow = Effect::Update(vec![Change::Set("text", larger[&"text".into()].clone())]);
            for effect in [Effect::Put(larger), grow] {
                assert_invalid(tables.transact(vec![action(own(), [], effect)]).await, &format!("{number}"));
            }
        }
    })
    .await;
}

/// Compared values count, too. DynamoDB Local accepts at most 10 actions.
#[tokio::test]
async fn a_transaction_of_exactly_4_mb_is_done_and_one_byte_more_is_not() {
    on_each_engine(async |tables| {
        let own = |place: usize| key("p", &format!("{place}"));
        let write = |place| action(own(place), [], Effect::Put(sized(&own(place), ITEM_BYTES)));
        let room = 4 * MEGABYTE - 9 * ITEM_BYTES;
        let compared = room - ITEM_BYTES - "text".len();
        let transaction = |more| {
            let mut actions: Vec<_> = (0..10).map(write).collect();
            actions[9].conditions.push(Condition::Equals("text", text("y".repeat(compared + more))));
            actions
        };
        put(&tables, own(9), Attributes::from_iter([("text".into(), text("y".repeat(compared)))])).await;
        assert_invalid(tables.transact(transaction(1)).await, "one byte more");
        assert_eq!(attributes(&tables, &own(0)).await, None);
        tables.transact(transaction(0)).await.unwrap();
        assert_eq!(attributes(&tables, &own(9)).await, Some(sized(&own(9), ITEM_BYTES)));

        let own = key("p", "more");
        let more = action(own.clone(), [], Effect::Put(sized(&own, room - ITEM_BYTES + 1)));
        assert_invalid(tables.transact((0..10).map(write).chain([more]).collect()).await, "one byte more, written");
    })
    .await;
}

#[tokio::test]
async fn a_page_ends_at_1_mb() {
    let padding = Attributes::from_iter([("text".into(), text("x".repeat(100_000)))]);
    let keys: Vec<_> = (10..35).map(|place| key("p", &format!("{place}"))).collect();
    on_each_engine(async |tables| {
        for keys in keys.chunks(5) {
            let write = |key: &Key| Write::Put(MESSAGES, item(key.clone(), padding.clone()));
            tables.batch_write(keys.iter().map(write).collect()).await.unwrap();
        }
        for direction in [Direction::Ascending, Direction::Descending] {
            let pages = all_pages(&tables, query("p", SortRange::All, direction, 1_000)).await;
            // 10 of them are less than 1 MB, 11 are more.
            assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [11, 11, 3]);
            let mut found: Vec<_> = pages.concat().into_iter().map(|item| item.key.clone()).collect();
            found.sort();
            assert_eq!(found, keys);
        }
        let few = all_pages(&tables, query("p", SortRange::All, Direction::Ascending, 9)).await;
        assert_eq!(few.iter().map(Vec::len).collect::<Vec<_>>(), [9, 9, 7], "the limit comes first");
    })
    .await;
}
