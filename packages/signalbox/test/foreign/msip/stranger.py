"""MSIP/1 in another language, written from docs/msip.md alone, with nothing but what Python brings.

stranger.py vectors DIRECTORY   reads and writes the frames of test/vectors/msip as they say, and prints how many
stranger.py talk PORT           a client: says what it hears, a line for each frame
"""
import json
import re
import socket
import struct
import sys
from pathlib import Path

TYPES = ["hello", "subscribe", "unsubscribe", "publish", "event", "ack", "error", "ping", "pong", "close"]
HEADER = struct.Struct(">4sBBHHHIQ")
TOKENS = re.compile(r"#[^\n]*|\"[^\"]*\"|'[^']*'|[0-9a-f]{2}")


class Fault(Exception):
    """What the peer did wrong: the code, and the msg_id an ERROR would have."""

    def __init__(self, code, msg_id=0):
        super().__init__(code)
        self.code, self.msg_id = code, msg_id


def text(data, msg_id):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Fault("BAD_TEXT", msg_id) from None


def content(kind, payload, msg_id):
    if kind == "hello":
        parts = payload.split(b"\0", 2)
        fields = {"clientId": text(parts[0], msg_id)}
        if len(parts) > 1:
            fields["username"] = text(parts[1], msg_id)
        if len(parts) > 2:
            fields["password"] = parts[2]
        return fields
    if kind in ("subscribe", "unsubscribe"):
        return {"topic": text(payload, msg_id)}
    if kind in ("publish", "event"):
        end = 2 + int.from_bytes(payload[:2], "big")
        if len(payload) < 2 or end > len(payload):
            raise Fault("BAD_PAYLOAD", msg_id)
        return {"topic": text(payload[2:end], msg_id), "message": payload[end:]}
    if kind == "ack":
        return {"payload": payload}
    return {"text": text(payload, msg_id)} if kind == "error" else {}


def read(stream, limit=1_048_576):
    """The first frame of the stream and what is behind it; None when it is not complete."""
    expected = b"MSIP\x01"
    for index, byte in enumerate(stream[:5]):
        if byte != expected[index]:
            raise Fault("BAD_VERSION" if index == 4 else "BAD_MAGIC")
    if len(stream) < HEADER.size:
        return None
    _, _, flags, frame_type, kind, _, length, msg_id = HEADER.unpack_from(stream)
    if length > limit:
        raise Fault("PAYLOAD_TOO_LARGE", msg_id)
    if len(stream) < HEADER.size + length:
        return None
    if not 1 <= frame_type <= 10:
        raise Fault("BAD_FRAME_TYPE", msg_id)
    if not 1 <= kind <= 5:
        raise Fault("BAD_MSG_KIND", msg_id)
    name = TYPES[frame_type - 1]
    payload = stream[HEADER.size : HEADER.size + length]
    frame = {"type": name, "flags": flags & 7, "msgKind": kind, "msgId": str(msg_id)}
    return {**frame, **content(name, payload, msg_id)}, stream[HEADER.size + length :]


def write(frame):
    kind = frame["type"]
    if kind == "hello":
        parts = [frame["clientId"].encode(), frame.get("username", "").encode(), frame.get("password", b"")]
        payload = b"\0".join(parts[: 1 + ("username" in frame) + ("password" in frame)])
    elif kind in ("publish", "event"):
        topic = frame["topic"].encode()
        payload = len(topic).to_bytes(2, "big") + topic + frame["message"]
    else:
        payload = frame.get("payload") or frame.get("topic", frame.get("text", "")).encode()
    head = (b"MSIP", 1, frame.get("flags", 0), TYPES.index(kind) + 1, frame.get("msgKind", 1), 0, len(payload))
    return HEADER.pack(*head, int(frame.get("msgId", 0))) + payload


def annotated(lines):
    data = b""
    for token in TOKENS.findall("\n".join(lines)):
        inner = token[1:-1].encode("ascii", "replace")
        if token[0] == "#":
            continue
        if token[0] == '"':
            data += inner
        elif token[0] == "'":
            data += len(inner).to_bytes(2, "big") + inner
        else:
            data += bytes.fromhex(token)
    return data


def plain(value):
    if not isinstance(value, dict):
        return value
    return value["text"].encode() if "text" in value else bytes.fromhex(value["hex"])


def expect(name, got, wanted):
    if got != wanted:
        sys.exit(f"{name}: expected {wanted}, got {got}")


def vectors(folder):
    count = 0
    for vector in json.loads((folder / "frames.json").read_text("utf-8"))["vectors"]:
        data = annotated(vector["hex"])
        frame = {name: plain(value) for name, value in vector["frame"].items()}
        expect(vector["name"], read(data), (frame, b""))
        if vector.get("use") != "decode":
            expect(vector["name"], write(frame), data)
        count += 1
    for vector in json.loads((folder / "malformed.json").read_text("utf-8"))["vectors"]:
        error = vector["error"]
        try:
            sys.exit(f"{vector['name']}: read as {read(annotated(vector['hex']), vector.get('maximumPayloadLength', 1_048_576))}")
        except Fault as fault:
            expect(vector["name"], (fault.code, str(fault.msg_id)), (error["code"], error["msgId"]))
        count += 1
    print(count)


def talk(port):
    requests = [
        {"type": "hello", "msgId": 1, "clientId": "stranger"},
        {"type": "subscribe", "msgId": 2, "flags": 1, "topic": "a/+"},
        {"type": "publish", "msgId": 3, "flags": 1, "msgKind": 2, "topic": "a/b", "message": b"on"},
        {"type": "publish", "msgId": 4, "flags": 1, "topic": "a/+", "message": b""},
        {"type": "ping", "msgId": 2**64 - 1},
    ]
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        for request in requests:
            line.sendall(write(request))
            while True:
                frame = read(heard)
                if frame is None:
                    heard += line.recv(4096)
                    continue
                answer, heard = frame
                print(" ".join([answer["type"], answer["msgId"], str(answer["msgKind"]), answer.get("topic", "")]).strip())
                if answer["type"] != "event":
                    break
        line.sendall(write({"type": "close"}))
        print("closed" if line.recv(1) == b"" else "not closed")


if __name__ == "__main__":
    vectors(Path(sys.argv[2])) if sys.argv[1] == "vectors" else talk(int(sys.argv[2]))
