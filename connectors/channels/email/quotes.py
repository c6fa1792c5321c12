"""Parts what somebody wrote now from what their mail program repeated below it. Pure.

Where the answers stand between the quoted lines nothing is folded: each makes sense beside its question only. Nor is
anything where all would be folded, as with forwarded mails.
"""

import re

from connectors.tags import Tag, Text, tokens
from connectors.wording import text_of

MAX_TEXT = 300_000
_LONGEST_INTRODUCTION = 4  # lines

# "On Monday, Bo wrote:" in the languages of the usual programs.
_INTRODUCTION = re.compile(
    r"^(?:"
    r"(?:On|At)\b.{4,250}\b(?:wrote|writes|said)"
    r"|(?:Am|On|Vom|Um)\b.{4,250}\b(?:schrieb|schreibt)\b.{0,150}"
    r"|.{4,250}\b(?:schrieb|wrote|a écrit|escribió|escreveu|ha scritto|schreef|skrev|napisał\(?a?\)?)"
    r"(?: (?:am|on) .{4,60})?"
    r"|Le\b.{4,250}\ba écrit"
    r"|El\b.{4,250}\bescribió"
    r"|Em\b.{4,250}\bescreveu"
    r"|Il\b.{4,250}\bha scritto"
    r"|Op\b.{4,250}\b(?:schreef|het volgende geschreven).{0,150}"
    r"|(?:Den|Pä|På|Den\.)\b.{4,250}\b(?:skrev|kirjoitti).{0,150}"
    r"|(?:W dniu|Dnia)\b.{4,250}\b(?:pisze|napisał\(?a?\)?).{0,100}"
    r"|.{4,200}(?:写道|のメール|님이 작성)"
    r")\s?[:：]$",
    re.IGNORECASE | re.DOTALL,
)
_RULE = re.compile(
    r"^[-_*\s]*[-_]{2,}\s*(?:Original[ -](?:Message|Appointment)|Reply Message|Ursprüngliche (?:Nachricht|Mail)|"
    r"Original-?Nachricht|Message d'origine|Message original|Mensaje original|Mensagem original|Messaggio originale|"
    r"Oorspronkelijk bericht|Oprindelig meddelelse|Ursprungligt meddelande|Wiadomość oryginalna|Исходное сообщение)"
    r"\s*[-_]{2,}[-_*\s]*$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"^[-_*\s]*(?:Begin forwarded message:|[-_]{2,}\s*(?:Forwarded message|Weitergeleitete Nachricht|"
    r"Message transféré|Mensaje reenviado|Mensagem encaminhada|Messaggio inoltrato|Doorgestuurd bericht|"
    r"Vidarebefordrat meddelande)\b.*)$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\*?(?:From|Von|De|Da|Van|Från|Fra|Od|От)\*?\s?:\*?\s?\S", re.IGNORECASE)
_SENT = re.compile(
    r"^\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado|Fecha|Data|Inviato|Verzonden|Skickat|Sendt|Wysłano|Отправлено)"
    r"(?: (?:le|el|am))?\*?\s?:",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^\*?(?:Subject|Betreff|Objet|Asunto|Assunto|Oggetto|Onderwerp|Ämne|Emne|Temat|Тема)\*?\s?:", re.IGNORECASE
)

_QUOTING_CLASSES = re.compile(r"\b(?:gmail_quote|yahoo_quoted|protonmail_quote|zmail_extra|tutanota_quote|front-quote)")
_QUOTING_IDS = frozenset(
    ("divrplyfwdmsg", "appendonsend", "olk_src_body_section", "mail-editor-reference-message-container", "stopspelling")
)
# Outlook draws a line above the mail that it repeats.
_OUTLOOK_LINE = re.compile(r"border-top:\s*solid #(?:e1e1e1|b5c4df|a0a0a0) 1\.0pt", re.IGNORECASE)
# After these everything is quoted, whatever closes them.
_TO_THE_END = "end"


def split_text(text: str) -> tuple[str, str]:
    """(what is fresh, what is quoted) of a plain text; the second is empty where nothing is to be folded."""
    lines = text[:MAX_TEXT].split("\n")
    start, marked = _first_quote(lines)
    if start is None:
        return text, ""
    rest = lines[start:]
    if marked:
        fresh, quoted = lines[:start], rest
    else:
        length = _length_of_quote(rest)
        after = rest[length:]
        if any(line.startswith(">") for line in after):
            return text, ""
        fresh, quoted = lines[:start] + after, rest[:length]
    written = "\n".join(fresh).strip()
    return (written, "\n".join(quoted).strip()) if written else (text, "")


def _first_quote(lines: list[str]) -> tuple[int | None, bool]:
    """Where the first quote begins; and whether everything from there on is quoted."""
    for number, line in enumerate(lines):
        stripped = line.strip()
        if not stripped:
            continue
        if _FORWARDED.match(stripped):
            # What somebody passes on is what they want to say.
            return None, False
        if line.startswith(">"):
            return number, False
        if _RULE.match(stripped) or _is_block(lines, number):
            before = number - 1 if number and set(lines[number - 1].strip()) == {"_"} else number
            return before, True
        length = introduction(lines[number : number + _LONGEST_INTRODUCTION])
        if length:
            following = next((one for one in lines[number + length :] if one.strip()), "")
            return number, not following.startswith(">")
    return None, False


def introduction(lines: list[str]) -> int:
    """How many of the first lines are "On Monday Bo wrote:", which programs break where they like; 0 for none."""
    if not lines or not lines[0].strip():
        return 0
    for length in range(1, len(lines) + 1):
        joined = " ".join(line.strip() for line in lines[:length])
        if len(joined) > 400 or not lines[length - 1].strip():
            return 0
        if joined.endswith((":", "：")):
            return length if _INTRODUCTION.match(joined) and any(map(str.isdigit, joined)) else 0
    return 0


def _is_block(lines: list[str], number: int) -> bool:
    """Whether the headers of an earlier mail stand here, as Outlook repeats them."""
    if not _FROM.match(lines[number].strip()):
        return False
    following = [line.strip() for line in lines[number + 1 : number + 8]]
    return any(map(_SENT.match, following)) and any(map(_SUBJECT.match, following))


def _length_of_quote(lines: list[str]) -> int:
    """How many lines the quote has, its introduction included, up to the first line that is fresh again."""
    introduced = introduction(lines[:_LONGEST_INTRODUCTION])
    for number in range(introduced, len(lines)):
        if lines[number].strip() and not lines[number].startswith(">"):
            return number
    return len(lines)


def split_html(html: str) -> tuple[str, str]:
    """As `split_text`, for HTML; by the elements with which mail programs mark what they repeat."""
    html = html[:1_000_000]
    spans = _spans(html)
    if not spans:
        return html, ""
    start, end = spans[0]
    if len(spans) > 1:
        # A second quote, with words between the two: the answers stand between the questions.
        if text_of(html[end : spans[1][0]]).strip():
            return html, ""
        end = spans[-1][1]
    start = _before_introduction(html, start)
    fresh = html[:start] + html[end:]
    return (fresh, html[start:end]) if text_of(fresh).strip() else (html, "")


def _spans(html: str) -> list[tuple[int, int]]:
    """From where to where the outermost quotes go."""
    found: list[tuple[int, int]] = []
    inside, name, start, depth = False, "", 0, 0
    for token in tokens(html):
        if not isinstance(token, Tag):
            continue
        if inside:
            if token.name == name:
                depth += -1 if token.closes else 1
            if depth == 0:
                inside = False
                found.append((start, token.end))
        elif not token.closes and (how := _quotes(token)):
            if how == _TO_THE_END:
                return [*found, (token.start, len(html))]
            inside, name, start, depth = True, token.name, token.start, 1
    return [*found, (start, len(html))] if inside else found


def _quotes(tag: Tag) -> str:
    """Whether an element is a quote, and if so, up to where."""
    if tag.name not in ("blockquote", "div", "span", "hr", "section"):
        return ""
    attributes = tag.attributes
    classes, own_id = attributes.get("class", ""), attributes.get("id", "").lower().removeprefix("x_")
    if own_id in _QUOTING_IDS:
        return _TO_THE_END
    if tag.name == "div" and _OUTLOOK_LINE.search(attributes.get("style", "")):
        return _TO_THE_END
    if _QUOTING_CLASSES.search(classes):
        return "element"
    return "element" if tag.name == "blockquote" and attributes.get("type", "").lower() == "cite" else ""


def _before_introduction(html: str, start: int) -> int:
    """Where "On Monday Bo wrote:" begins that stands before a quote, or else where the quote does."""
    texts = [token for token in tokens(html[:start]) if isinstance(token, Text) and token.words.strip()][-12:]
    joined = ""
    for text in reversed(texts):
        joined = f"{' '.join(text.words.split())} {joined}".strip()
        if len(joined) > 400:
            break
        if joined.endswith((":", "：")) and _INTRODUCTION.match(joined) and any(map(str.isdigit, joined)):
            return text.start
    return start
