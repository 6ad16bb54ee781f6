"""The store and listeners' targets against the simplest thing that can be right."""

from hypothesis import given, settings
from hypothesis import strategies as st

from local.firestore import wire
from local.firestore.authorizer import Change
from local.firestore.documents import Document
from local.firestore.listen_targets import parse_target
from local.firestore.query import compile_query
from local.firestore.store import HISTORY_MICROSECONDS, CurrentView, SnapshotView, Store

DATABASE = "projects/p/databases/d"
ROOT = f"{DATABASE}/documents"
PATHS = [f"c/{letter}" for letter in "abcdefgh"] + ["c/a/c/x", "other/y"]

states = st.none() | st.fixed_dictionaries({"v": st.integers(0, 4), "w": st.integers(0, 2)})
commits = st.lists(st.dictionaries(st.sampled_from(PATHS), states, max_size=4), max_size=12)


def document(path, fields, version=1):
    values = {key: wire.Value(integer_value=value) for key, value in fields.items()}
    return Document(f"{ROOT}/{path}", values, version, version)


def changes_of(commit, store, version):
    changes = []
    for path, fields in commit.items():
        name = f"{ROOT}/{path}"
        after = None if fields is None else document(path, fields, version)
        if after is not None or store.get(name) is not None:
            changes.append(Change(name, store.get(name), after))
    return changes


def structured_query(**query):
    return wire.parse_json(wire.StructuredQuery, {"from": [{"collectionId": "c"}], **query})


def equals(field, number):
    return {
        "fieldFilter": {
            "field": {"fieldPath": field},
            "op": "EQUAL",
            "value": {"integerValue": str(number)},
        }
    }


QUERIES = [
    structured_query(),
    structured_query(where=equals("w", 1)),
    structured_query(where=equals("w", 1), orderBy=[{"field": {"fieldPath": "v"}}], limit=2),
    structured_query(orderBy=[{"field": {"fieldPath": "v"}, "direction": "DESCENDING"}], limit=3),
    structured_query(orderBy=[{"field": {"fieldPath": "v"}}], limit=2, offset=2),
    structured_query(offset=3),
    structured_query(limit=0),
    wire.parse_json(
        wire.StructuredQuery,
        {"from": [{"collectionId": "c", "allDescendants": True}], "limit": 3},
    ),
]


def names_found(query, documents):
    return [found.name for _, found in query.run(documents)]


@settings(max_examples=150, deadline=None)
@given(history=commits, which=st.integers(0, len(QUERIES) - 1))
def test_following_commits_keeps_a_target_equal_to_its_query(history, which):
    structured = QUERIES[which]
    query = compile_query(ROOT, structured)
    target = parse_target(
        DATABASE,
        wire.Target(query=wire.QueryTarget(parent=ROOT, structured_query=structured)),
    )
    store = Store()
    view = CurrentView(store)
    shown = {found.name: found for found in target.start(view).updated}
    for version, commit in enumerate(history, start=1):
        changes = changes_of(commit, store, version)
        store.apply(version, changes)
        delta = target.follow(changes, view)
        for name in delta.removed:
            del shown[name]  # only members are ever removed
        for found in delta.updated:
            shown[found.name] = found
        expected = query.run(store.scan(query.scope))
        assert shown == {found.name: found for _, found in expected}


def test_a_change_outside_of_a_window_does_not_move_up_before_others():
    structured = structured_query(orderBy=[{"field": {"fieldPath": "v"}}], limit=2)
    target = parse_target(
        DATABASE,
        wire.Target(query=wire.QueryTarget(parent=ROOT, structured_query=structured)),
    )
    store = Store()
    view = CurrentView(store)
    store.apply(1, changes_of({f"c/{letter}": {"v": ord(letter)} for letter in "abcde"}, store, 1))
    target.start(view)
    changes = changes_of({"c/a": None, "c/e": {"v": ord("e"), "w": 1}}, store, 2)
    store.apply(2, changes)
    delta = target.follow(changes, view)
    assert delta.removed == [f"{ROOT}/c/a"]
    assert [found.name for found in delta.updated] == [f"{ROOT}/c/c"]


@settings(max_examples=80, deadline=None)
@given(history=commits)
def test_every_version_can_be_read_as_it_was(history):
    store = Store()
    query = compile_query(ROOT, structured_query())
    reference = {}
    seen = {0: {}}
    for version, commit in enumerate(history, start=1):
        changes = changes_of(commit, store, version)
        store.apply(version, changes)
        for change in changes:
            reference[change.name] = change.after
        seen[version] = {name: found for name, found in reference.items() if found is not None}
    for version, expected in seen.items():
        view = SnapshotView(store, version)
        for path in PATHS:
            assert view.get(f"{ROOT}/{path}") is expected.get(f"{ROOT}/{path}")
        assert names_found(query, view.scan(query.scope)) == sorted(
            name for name in expected if query.scope.holds(name)
        )


def test_an_index_narrows_what_is_read_and_follows_changes():
    store = Store()
    many = [
        Change(f"{ROOT}/c/{number}", None, document(f"c/{number}", {"v": number % 10, "w": 0}))
        for number in range(1000)
    ]
    store.apply(1, many)
    query = compile_query(ROOT, structured_query(where=equals("v", 3)))

    def scanned():
        return [found.name for found in store.scan(query.scope, query.where.narrowings)]

    assert len(scanned()) == 100
    moved = document("c/4", {"v": 3, "w": 0}, 2)
    gone = store.get(f"{ROOT}/c/3")
    store.apply(
        2, [Change(moved.name, store.get(moved.name), moved), Change(gone.name, gone, None)]
    )
    assert len(scanned()) == 100
    assert moved.name in scanned()
    assert gone.name not in scanned()


def test_versions_older_than_an_hour_are_forgotten():
    store = Store()
    first = document("c/a", {"v": 1})
    second = document("c/a", {"v": 2})
    store.apply(1, [Change(first.name, None, first)])
    store.apply(2, [Change(first.name, first, second)])
    assert store.get_at(first.name, 1) is first
    later = document("c/b", {"v": 1})
    store.apply(HISTORY_MICROSECONDS + 5, [Change(later.name, None, later)])
    assert store.horizon == 2
    assert store.get_at(first.name, 2) is second
