"""Every operator, type and built-in, one line each: the examples of Firebase's reference first."""

import pytest

NULL = "Null value error."

TRUE = """
    true
    !false
    1 + 2 * 3 == 7
    (1 + 2) * 3 == 9
    7 / 2 == 3 && -7 / 2 == -3 && 7 % 3 == 1 && -7 % 3 == -1
    7.0 / 2 == 3.5
    1.0 / 0 > 9223372036854775807
    1 == 1.0 && 1 != 2 && 1 < 1.5
    0x1F == 31 && 1e3 == 1000.0 && -9223372036854775808 < 0
    1 - 1 - 1 == -1
    - 5 == -5 && --5 == 5
    true || false && false
    false ? false : true
    true ? true : false ? false : false
    'a' + 'b' == "ab"
    'a' < 'b' && 'B' < 'a' && 'a' <= 'a'
    'abc'[0] == 'a' && 'abc'[1:3] == 'bc' && 'abc'[1:1] == ''
    [1, 2, 3][1] == 2 && [1, 2, 3][0:2] == [1, 2]
    {'a': 1}.a == 1 && {'a': 1}['a'] == 1
    {'a': 1, 'b': 2} == {'b': 2, 'a': 1}
    1 in [1, 2] && !(3 in [1, 2]) && 'a' in {'a': 1} && 1 in [1].toSet()
    'a' in {'a': 1} == true
    [1, 2.0] == [1.0, 2] && [1, 2] != [2, 1]
    'a' != 1 && null != 0 && true != 1 && null == null
    /a/b == path('/a/b') && /a/b == path('a/b')
    /a/$(id) == /a/1 && /a/$('x' + 'y')/c == /a/xy/c
    /databases/(default)/documents[1] == '(default)'
    (/path/$(foo)/$(bar)).bind({'foo': 'something', 'bar': 'another'}) == /path/something/another
    (/path/$(foo)).bind({'foo': 'x'}).foo == 'x' && (/path/$(foo)).bind({'foo': 'x'})['foo'] == 'x'
    1 is int && 1.0 is float && 1 is number && 1.0 is number && !(1 is float)
    'a' is string && true is bool && b'a' is bytes && [] is list && {} is map && /a is path
    [].toSet() is set && timestamp.value(0) is timestamp && duration.value(1, 's') is duration
    latlng.value(1, 2) is latlng && {}.diff({}) is map_diff && !(null is string)
    '\\u00e9\\x41\\n\\'' == "éA\\n'" && b'\\xff'.size() == 1 && b'é'.size() == 2
    'ABC123'.lower() == 'abc123' && 'abc'.upper() == 'ABC' && ' a '.trim() == 'a'
    'user@domain.com'.matches('.*@domain[.]com') && !'banana'.matches('.*@domain[.]com')
    !'xfoo'.matches('foo') && 'foo'.matches('fo+')
    'foo bar baz'.replace('ba.', '$1') == 'foo $1 $1' && 'aaa'.replace('a', 'b') == 'bbb'
    'foo,bar,,baz'.split(',') == ['foo', 'bar', '', 'baz'] && 'ab'.split('') == ['a', 'b']
    'éa'.size() == 2 && 'é'.toUtf8().size() == 2 && ''.size() == 0
    b'\\xfb\\xff'.toBase64() == '+/8=' && b'\\x2a'.toHexString() == '2a'
    string(true) == "true" && string(1) == "1" && string(2.0) == "2.0" && string(null) == "null"
    string(/a/b) == '/a/b'
    bool('true') && int('12') == 12 && int(2.9) == 2 && float('1.5') == 1.5 && float(2) is float
    ['a', 'b'].hasOnly(['a', 'b', 'c']) && ['a', 'a', 'b'].hasOnly(['a', 'b', 'b'])
    !['a', 'b'].hasOnly(['a', 'c']) && ['a', 'b'].hasAll(['a']) && !['a'].hasAll(['a', 'b'])
    ['a', 'b'].hasAny(['c', 'b']) && !['a'].hasAny(['c']) && !['a'].hasAny([])
    ['a'].concat(['b']) == ['a', 'b'] && ['a', 'b'].join('-') == 'a-b' && [1, 1].size() == 2
    ['a', 'b', 'a'].removeAll(['a']) == ['b'] && [1, 1, 2].toSet().size() == 2
    ['a', 'b'].toSet() == ['b', 'a'].toSet()
    ['a', 'b'].toSet().difference(['a', 'c'].toSet()) == ['b'].toSet()
    ['a', 'b'].toSet().intersection(['a', 'c'].toSet()) == ['a'].toSet()
    ['a', 'b'].toSet().union(['a', 'c'].toSet()) == ['a', 'b', 'c'].toSet()
    ['a', 'b'].toSet().hasAll(['a']) && ['a'].toSet().hasOnly(['a']) && ['a'].toSet().hasAny(['a'])
    {'a': 3}.get('c', 7) == 7 && {'b': [9]}.get('b', [1]) == [9]
    {'a': {'b': 1}, 'c': 2}.get(['a', 'b'], 7) == 1 && {'a': 1}.get(['a', 'b'], 7) == 7
    {'a': 1, 'b': 2}.keys().hasOnly(['b', 'a']) && {'a': 1}.values() == [1] && {}.size() == 0
    {'a': 1, 'b': 2}.keys() == {'b': 0, 'a': 0}.keys() && {'b': 1, 'a': 2}.values() == [2, 1]
    {'a': 1, 'b': 2}.keys() is list && {'a': 1}.keys().toSet() == ['a'].toSet()
    {'a': 1, 'b': 2}.keys().removeAll(['b']).join(',') == 'a'
    {'a': 1}.diff({}).addedKeys() == ['a'].toSet()
    {}.diff({'a': 1}).removedKeys() == ['a'].toSet()
    {'a': 0}.diff({'a': 1, 'b': 4}).changedKeys() == ['a'].toSet()
    {'a': 0}.diff({'a': 0}).unchangedKeys() == ['a'].toSet()
    {'a': 0, 'c': 0}.diff({'r': 0, 'c': 1}).affectedKeys() == ['a', 'r', 'c'].toSet()
    math.abs(-5) == 5 && math.ceil(1.2) == 2 && math.floor(-1.2) == -2 && math.round(1.5) == 2
    math.sqrt(4) == 2.0 && math.pow(2, 10) == 1024.0 && math.isNaN(math.sqrt(-1))
    math.isInfinite(1.0 / 0) && !math.isNaN(1) && math.round(-1.5) == -1
    timestamp.date(2017, 1, 2) == timestamp.value(1483315200000)
    timestamp.date(2017, 1, 2).year() == 2017 && timestamp.date(2017, 1, 2).month() == 1
    timestamp.date(2017, 1, 2).day() == 2 && timestamp.date(2017, 1, 1).dayOfWeek() == 7
    timestamp.date(2016, 12, 31).dayOfYear() == 366 && timestamp.value(1).nanos() == 1000000
    timestamp.value(3723000).hours() == 1 && timestamp.value(3723000).minutes() == 2
    timestamp.value(3723000).seconds() == 3 && timestamp.value(5).toMillis() == 5
    timestamp.value(90000000).date() == timestamp.value(86400000)
    timestamp.value(3723000).time() == duration.time(1, 2, 3, 0)
    timestamp.value(0) + duration.value(1, 'd') == timestamp.value(86400000)
    timestamp.value(1000) - timestamp.value(0) == duration.value(1, 's')
    timestamp.value(0) < timestamp.value(1) && duration.value(1, 'w') > duration.value(6, 'd')
    duration.value(1, 'h') + duration.value(1, 'm') == duration.value(61, 'm')
    duration.value(-10, 's').seconds() == -10
    duration.abs(duration.value(-1, 'ms')).nanos() == 1000000
    duration.value(1, 'ns') + duration.value(1, 'w') == duration.time(168, 0, 0, 1)
    latlng.value(10, 20).latitude() == 10.0 && latlng.value(10, 20).longitude() == 20.0
    math.round(latlng.value(0, 0).distance(latlng.value(0, 1)) / 1000) == 111
    hashing.crc32('123456789').toHexString() == 'cbf43926'
    hashing.crc32c('123456789').toHexString() == 'e3069283'
    hashing.md5(b'').toHexString() == 'd41d8cd98f00b204e9800998ecf8427e'
    hashing.sha256('a'.toUtf8()).toBase64() == 'ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='
    debug(1) == 1
    1 / 0 == 1 || true
    true || 1 / 0 == 1
    !(1 / 0 == 1 && false)
    !(false && unknown.name)
    // a comment
    true /* and another */
"""

ERRORS = [
    ("1 / 0 == 1", "Division by zero."),
    ("1 % 0 == 1", "Division by zero."),
    ("1 / 0 == 1 || false", "Division by zero."),
    ("true && 1 / 0 == 1", "Division by zero."),
    ("1 / 0 == 1 ? true : true", "Division by zero."),
    ("9223372036854775807 + 1 > 0", "Integer overflow."),
    ("math.floor(1.0 / 0) == 1", "Integer overflow."),
    ("request.auth.uid == 'a'", NULL),
    ("request.auth.uid.size() == 0", NULL),
    ("request.nothing == null", "Property nothing is undefined on object."),
    ("{}['a'] == 1", "Property a is undefined on object."),
    ("[1][1] == 1", "Index 1 is out of range."),
    ("[1][-1] == 1", "Index -1 is out of range."),
    ("'a'[0:2] == 'a'", "Range 0:2 is out of range."),
    ("'a' < 1", "Unsupported operation error. Received: string < int."),
    ("'a' + 1 == 'a1'", "Unsupported operation error. Received: string + int."),
    ("null < 1", NULL),
    ("!1", "Type error. Received: [int] Expected: [bool]."),
    ("1 && true", "Type error. Received: [int] Expected: [bool]."),
    ("1 in 'a'", "Type error. Received: [string] Expected: [list,map,set]."),
    ("'a'.matches('(')", "Invalid regular expression '('."),
    ("'a'.hasAll([])", "Function not found error: Name: [hasAll]."),
    ("int('a') == 1", "Cannot convert 'a' to int."),
    ("latlng.value(91, 0) is latlng", "Latitude or longitude is out of range."),
    ("timestamp.date(2017, 13, 1) is timestamp", "Invalid date: month must be in 1..12."),
    ("duration.value(1, 'y') is duration", "Unknown unit of time 'y'."),
    ("unknown", "Variable not found error: Name: [unknown]."),
    ("get(/a/$(request.auth)) == null", NULL),
    ("exists(/a/$(unbound))", "Path /a/$(unbound) has unbound parts."),
    ("exists(/a/$('b/c'))", "Invalid path /a/b/c."),
    ("exists('a')", "Type error. Received: [string] Expected: [path]."),
]


@pytest.mark.parametrize("expression", [line.strip() for line in TRUE.strip().splitlines()])
def test_expression_is_true(evaluate, expression):
    if expression.startswith("//"):
        expression += "\n true"
    assert evaluate(expression) is True


@pytest.mark.parametrize(("expression", "message"), ERRORS)
def test_expression_has_no_value_and_says_why(evaluate, expression, message):
    assert evaluate(expression) == message


@pytest.mark.parametrize("expression", ["1", "'true'", "null", "[]"])
def test_only_true_grants(evaluate, expression):
    assert evaluate(expression) is False


def test_string_cannot_grow_without_bounds(evaluate):
    text = "'" + "a" * 1000 + "'"
    assert evaluate(f"{text}.replace('a', {text}).replace('a', {text}) == ''") == (
        "Value is too long."
    )


def test_regular_expressions_take_linear_time(evaluate):
    assert evaluate("'" + "a" * 5000 + "!'.matches('(a*)*b')") is not True
