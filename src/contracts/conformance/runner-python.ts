/** What every generated Python test file ends with: the runner, and a validator for the schemas above it. */
export const PYTHON_RUNNER = String.raw`
BASE_URL = os.environ.get("BASE_URL", "").rstrip("/")
BOUNDARY = "contract-test-5f0c2d81"
AUTH_TOKEN = os.environ.get("AUTH_TOKEN", "")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_contract(case):
    request = case["request"]
    if "{AUTH_TOKEN}" in json.dumps(request) and AUTH_TOKEN == "":
        pytest.skip("AUTH_TOKEN is not set")
    assert BASE_URL, "Set BASE_URL to where the service is, e.g. http://localhost:8080"
    headers = {name: value.replace("{AUTH_TOKEN}", AUTH_TOKEN) for name, value in request["headers"].items()}
    content = body_text(request, headers) if "body" in request else None
    url = BASE_URL + request["path"].replace("{AUTH_TOKEN}", AUTH_TOKEN)
    response = httpx.request(request["method"], url, headers=headers, content=content, follow_redirects=False, trust_env=False)
    status = str(response.status_code)
    accepted = any(matches(pattern, status) for pattern in case["expect"]["status"])
    assert accepted, f"status {status}, expected {' or '.join(case['expect']['status'])}; the answer: {response.text[:500]}"
    check_answer(ANSWERS.get(case["operation"], {}), response, request["method"])


def matches(pattern, status):
    return pattern == status or (re.fullmatch("[1-5]XX", pattern) is not None and pattern[0] == status[0])


def body_text(request, headers):
    body, content_type = request["body"], headers.get("content-type", "")
    multipart = content_type.startswith("multipart/form-data")
    if not multipart and not content_type.startswith("application/x-www-form-urlencoded"):
        return json.dumps(body).encode()
    pairs = []
    for name, value in body.items():
        for each in value if isinstance(value, list) else [value]:
            pairs.append((name, each if isinstance(each, str) else json.dumps(each)))
    if not multipart:
        return urlencode(pairs).encode()
    headers["content-type"] = f"{content_type}; boundary={BOUNDARY}"
    written = [part_text(name, text, request.get("parts", {}).get(name, {})) for name, text in pairs]
    return ("".join(written) + f"--{BOUNDARY}--\r\n").encode()


def part_text(name, text, part):
    disposition = f"form-data; name={quoted(name)}"
    if "filename" in part:
        disposition += f"; filename={quoted(part['filename'])}"
    typed = f"Content-Type: {part['content_type']}\r\n" if "content_type" in part else ""
    return f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n{typed}\r\n{text}\r\n"


def quoted(text):
    return '"' + text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A") + '"'


def check_answer(answers, response, method):
    status = str(response.status_code)
    documented = answers.get(status, answers.get(status[0] + "XX", answers.get("DEFAULT")))
    if not documented or method == "HEAD" or status in ("204", "304"):
        return
    media = response.headers.get("content-type", "").split(";")[0].strip().lower()
    used = next((one for one in documented if one.split(";")[0].strip() == media), None)
    if used is None:
        used = next((one for one in documented if one.endswith("/*") and one != "*/*" and media.startswith(one[:-1])), None)
    if used is None and "*/*" in documented:
        used = "*/*"
    assert used is not None, f"media type {media or 'missing'}, expected {' or '.join(documented)}"
    if not media.endswith("json") or documented[used] is None:
        return
    try:
        value = response.json()
    except ValueError:
        raise AssertionError(f"the body says it is JSON and is not: {response.text[:200]}")
    schema = SCHEMAS[documented[used]]
    faults = validate(schema, value, "", schema)
    assert not faults, f"the body of status {status} does not fit its schema: {'; '.join(faults[:5])}"


def type_of(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    names = {float: "number", str: "string", list: "array", dict: "object"}
    return names[type(value)]


def canonical(value):
    if isinstance(value, float) and value.is_integer():
        return canonical(int(value))
    if isinstance(value, list):
        return "[" + ",".join(canonical(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(key) + ":" + canonical(value[key]) for key in sorted(value)) + "}"
    return json.dumps(value)


FORMATS = {
    "date-time": r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)",
    "date": r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
    "uuid": r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    "email": r"[^\s@]+@[^\s@]+",
    "ipv4": r"(\d{1,3}\.){3}\d{1,3}",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:\S*",
}


def found(pattern, text):
    """Whether an ECMAScript pattern matches; one that Python cannot read counts as matching."""
    try:
        return re.search(pattern.replace("\\/", "/"), text) is not None
    except re.error:
        return True


def validate(schema, value, at, root):
    """Faults of a value by a JSON Schema (2020-12), each as "pointer: what is wrong"."""
    if schema is True:
        return []
    where = at or "the body"
    if schema is False:
        return [where + ": is not allowed"]
    faults = []

    def say(what):
        faults.append(where + ": " + what)

    def inner(part, one, place):
        faults.extend(validate(part, one, place, root))

    def fits(part, one):
        return not validate(part, one, at, root)

    if "$ref" in schema:
        inner(root if schema["$ref"] == "#" else root["$defs"][schema["$ref"].split("/")[-1]], value, at)
    kind = type_of(value)
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if kind not in types and not (kind == "integer" and "number" in types):
            say(f"is {kind}, not {' or '.join(types)}")
    if "enum" in schema and canonical(value) not in [canonical(one) for one in schema["enum"]]:
        say("is none of " + json.dumps(schema["enum"])[:200])
    if "const" in schema and canonical(value) != canonical(schema["const"]):
        say("is not " + json.dumps(schema["const"]))
    for part in schema.get("allOf", []):
        inner(part, value, at)
    if "anyOf" in schema and not any(fits(part, value) for part in schema["anyOf"]):
        say("fits none of the alternatives")
    if "oneOf" in schema and sum(fits(part, value) for part in schema["oneOf"]) != 1:
        say("does not fit exactly one alternative")
    if "not" in schema and fits(schema["not"], value):
        say("fits what it must not")
    if "if" in schema:
        branch = schema.get("then" if fits(schema["if"], value) else "else")
        if branch is not None:
            inner(branch, value, at)
    if kind == "string":
        if len(value) < schema.get("minLength", 0):
            say(f"is shorter than {schema['minLength']}")
        if len(value) > schema.get("maxLength", math.inf):
            say(f"is longer than {schema['maxLength']}")
        if "pattern" in schema and not found(schema["pattern"], value):
            say("does not match " + schema["pattern"])
        if schema.get("format") in FORMATS and not re.fullmatch(FORMATS[schema["format"]], value):
            say("is no " + schema["format"])
    if kind in ("integer", "number"):
        if value < schema.get("minimum", -math.inf):
            say(f"is below {schema['minimum']}")
        if value > schema.get("maximum", math.inf):
            say(f"is above {schema['maximum']}")
        if value <= schema.get("exclusiveMinimum", -math.inf):
            say(f"is not above {schema['exclusiveMinimum']}")
        if value >= schema.get("exclusiveMaximum", math.inf):
            say(f"is not below {schema['exclusiveMaximum']}")
        step = schema.get("multipleOf")
        if step and abs(value / step - round(value / step)) > 1e-9:
            say(f"is no multiple of {step}")
    if kind == "array":
        if len(value) < schema.get("minItems", 0):
            say(f"has fewer than {schema['minItems']} items")
        if len(value) > schema.get("maxItems", math.inf):
            say(f"has more than {schema['maxItems']} items")
        if schema.get("uniqueItems") and len({canonical(one) for one in value}) < len(value):
            say("has items twice")
        prefix = schema.get("prefixItems", [])
        for index, one in enumerate(value):
            part = prefix[index] if index < len(prefix) else schema.get("items", True)
            inner(part, one, f"{at}/{index}")
        if "contains" in schema:
            count = sum(fits(schema["contains"], one) for one in value)
            if count < schema.get("minContains", 1) or count > schema.get("maxContains", math.inf):
                say(f"contains {count} of what it should")
    if kind == "object":
        if len(value) < schema.get("minProperties", 0):
            say(f"has fewer than {schema['minProperties']} properties")
        if len(value) > schema.get("maxProperties", math.inf):
            say(f"has more than {schema['maxProperties']} properties")
        for name in schema.get("required", []):
            if name not in value:
                say(name + " is missing")
        for name, needed in schema.get("dependentRequired", {}).items():
            for one in needed if name in value else []:
                if one not in value:
                    say(f"{one} is missing beside {name}")
        for name, part in schema.get("dependentSchemas", {}).items():
            if name in value:
                inner(part, value, at)
        for name, one in value.items():
            place = at + "/" + name.replace("~", "~0").replace("/", "~1")
            own = name in schema.get("properties", {})
            patterns = [part for text, part in schema.get("patternProperties", {}).items() if found(text, name)]
            if own:
                inner(schema["properties"][name], one, place)
            for part in patterns:
                inner(part, one, place)
            if not own and not patterns and "additionalProperties" in schema:
                inner(schema["additionalProperties"], one, place)
            if "propertyNames" in schema:
                inner(schema["propertyNames"], name, place)
    return faults
`;
