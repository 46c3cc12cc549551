"""What a mail says: its subject, its sender, its day, and the words of its body."""

from __future__ import annotations

import email.policy
import re
from email import message_from_bytes
from email.message import EmailMessage, Message

from index.decoding import clean_text
from index.errors import PathUnusable
from index.formats.content import Content
from index.formats.page import fragment_text

# Bytes of all headers, and of one line of them: parsing a long one takes the square of its length.
_MAX_HEAD, _MAX_LINE = 200_000, 4_000


def mail_content(data: bytes) -> Content:
    """The content of an .eml file: the plain part where it says as much as the HTML part.

    Attachments are not read. Raises PathUnusable when it is no mail.
    """
    head = re.split(rb"\r?\n\r?\n", data[: 2 * _MAX_HEAD], maxsplit=1)[0]
    if len(head) > _MAX_HEAD or any(len(line) > _MAX_LINE for line in head.split(b"\n")):
        raise PathUnusable("Its header is longer than any mail's.", "Check the file.")
    try:
        return _content(message_from_bytes(data, policy=email.policy.default))
    except RecursionError as error:
        raise PathUnusable("It is nested too deeply.", "Save its text by itself.") from error
    except PathUnusable:
        raise
    except (LookupError, AttributeError, TypeError, ValueError) as error:
        # The header parser of the standard library meets a cut address with any of these.
        raise PathUnusable(
            f"The mail is damaged ({type(error).__name__}).", "Save it again, or as plain text."
        ) from error


def _content(message: Message) -> Content:
    if not isinstance(message, EmailMessage) or not (message["From"] or message["Subject"]):
        raise PathUnusable("It is no mail: it has neither sender nor subject.", "Check the file.")
    plain, html = _part(message, "plain"), fragment_text(_part(message, "html"))
    # Many newsletters put no more than "open this in a browser" into the plain part.
    text = clean_text(plain) if len(plain) >= len(html) / 2 else html
    fields = {"title": str(message["Subject"] or ""), "published": str(message["Date"] or "")}
    sender = message["From"]
    if sender is not None and getattr(sender, "addresses", None):
        address = sender.addresses[0]
        fields |= {"author": address.display_name, "source": address.domain}
    return Content(text, {key: value for key, value in fields.items() if value})


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except (LookupError, UnicodeError, ValueError):  # a charset that is none
        content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)
