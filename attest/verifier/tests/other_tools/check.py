"""Checks evidence, a result and reference values with other people's code: signatures with pycose,
forms with the CDDL of docs/evidence.md. Arguments: the document, and the folder with the files."""

import base64
import pathlib
import re
import sys

import cbor2
import pycddl
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import CoseMessage

document, folder = map(pathlib.Path, sys.argv[1:])
forms = "\n".join(re.findall(r"```cddl\n(.*?)```", document.read_text(), re.DOTALL))


def check_form(rule, data):
    pycddl.Schema(f"start = {rule}\n{forms}").validate_cbor(data)


def check_signature(data, key):
    message = CoseMessage.decode(data)
    message.key = OKPKey(crv=Ed25519, x=key)
    assert message.verify_signature()
    return message.payload


evidence = (folder / "evidence").read_bytes()
protected, _, payload, _ = cbor2.loads(evidence).value
claims = cbor2.loads(payload)
check_form("protected-header", protected)
check_form("claims", payload)
for event in claims[-70001]:
    check_form("event", event)
check_signature(evidence, claims[8][1][-2])

# A form that anything fits would prove nothing.
for label in claims:
    if label in (256, -70007):
        continue
    without = cbor2.dumps({other: claims[other] for other in claims if other != label})
    try:
        check_form("claims", without)
    except pycddl.ValidationError:
        continue
    sys.exit(f"the form does not ask for claim {label}")

pem = (folder / "key").read_text().splitlines()[1]
key = base64.b64decode(pem)[-32:]
check_form("result", check_signature((folder / "result").read_bytes(), key))
check_signature((folder / "reference").read_bytes(), key)
for name in ("challenge-request", "identity-request", "activate-request"):
    check_form(name, (folder / name).read_bytes()[12:])
