"""What checkdmarc says of each record on stdin: the p of a valid one, null for one that it refuses."""

import json
import sys

from checkdmarc.dmarc import DMARCError, parse_dmarc_record


def judged(record: str) -> str | None:
    try:
        return str(parse_dmarc_record(record, "d.test")["tags"]["p"]["value"])
    except DMARCError:
        return None


sys.stdout.write(json.dumps([judged(one) for one in json.load(sys.stdin)]))
