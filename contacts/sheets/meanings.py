"""What a column of a table of people can mean, and what its name says that it means.

A meaning is a word: `name`, `email`, `account:x`, `attribute:city:text`; empty for a column that is left out.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from zlib import crc32

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from contacts.models.facts import Attribute
from contacts.names import fold
from contacts.sheets.accounts import NETWORKS

Kind = Attribute.Kind
PLAIN: Mapping[str, object] = {
    "name": _("Name"),
    "given_name": _("Given name"),
    "family_name": _("Family name"),
    "email": _("E-mail address"),
    "key": _("Key in your system"),
    "url": _("Address of the record in your system"),
    "profile": _("Address of a profile on any network"),
    "role": _("Role"),
    "tag": _("Tag"),
    "owner": _("Owner, as department:username"),
    "do_not_contact": _("Do not contact"),
}
# Attributes that files of this kind often hold, made when they are needed: slug → name and kind.
USUAL: Mapping[str, tuple[object, str]] = {
    "phone": (_("Phone"), Kind.PHONE),
    "mobile": (_("Mobile phone"), Kind.PHONE),
    "company": (_("Company"), Kind.TEXT),
    "job_title": (_("Job title"), Kind.TEXT),
    "birth_date": (_("Date of birth"), Kind.DATE),
    "street": (_("Street"), Kind.TEXT),
    "postal_code": (_("Postal code"), Kind.TEXT),
    "city": (_("City"), Kind.TEXT),
    "country": (_("Country"), Kind.TEXT),
    "website": (_("Website"), Kind.LINK),
}
NEW_KINDS = (Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.YES_NO, Kind.LINK, Kind.EMAIL, Kind.PHONE)
# A column may bear these once only.
ONCE = frozenset({"name", "given_name", "family_name", "key", "url", "do_not_contact"})
# Names of columns in English, German, French and Spanish, folded, by what they mean.
_NAMES: Mapping[str, str] = {
    "name": "name|full name|fullname|display name|contact|contact name|customer|customer name|vollstandiger name"
    "|anzeigename|kunde|kundenname|ansprechpartner|nom complet|nom et prenom|nombre completo|cliente|client",
    "given_name": "given name|first name|firstname|forename|vorname|prenom|nombre|nombre de pila|fname",
    "family_name": "family name|last name|lastname|surname|nachname|familienname|zuname|nom|nom de famille|apellido"
    "|apellidos|lname",
    "email": "email|e mail|mail|email address|e mail address|e mail adresse|emailadresse|mailadresse|courriel"
    "|adresse e mail|adresse email|adresse mail|adresse electronique|correo|correo electronico|email 1|email 2|e mail 2"
    "|email private|email work|work email|secondary email|additional emails|primary email|emails",
    "key": "id|key|external id|record id|contact id|customer id|customer no|customer number|crm id|kundennummer"
    "|kundennr|kunden nr|kd nr|kdnr|kunden id|kunde nr|kontakt id|datensatz id|numero client|numero de client|id client"
    "|identifiant|identifiant client|numero de cliente|id cliente|id de cliente|identificador|clave|uid|uuid|account id"
    "|member id|mitgliedsnummer|debitorennummer|debitor nr|debitor|lead id|person id",
    "url": "url|record url|crm url|link|datensatz url|lien|enlace|contact url",
    "profile": "profile|profile url|social profile|social profiles|social|social media|profil|profil url|perfil"
    "|url du profil|url del perfil|profiles",
    "role": "role|roles|customer type|rolle|rollen|kundentyp|type de client|rol|papel|tipo de cliente",
    "tag": "tag|tags|label|labels|keywords|schlagwort|schlagworte|schlagworter|stichworte|etiquette|etiquettes"
    "|mots cles|etiqueta|etiquetas|segment|segments|groups|gruppen|gruppe|liste|lists",
    "owner": "owner|owners|account owner|contact owner|betreuer|zustandig|verantwortlich|besitzer|responsable"
    "|proprietaire|propietario|encargado",
    "do_not_contact": "do not contact|donotcontact|no contact|opt out|optout|email opt out|unsubscribed"
    "|nicht kontaktieren|kontaktsperre|werbesperre|sperre|ne pas contacter|desabonne|opposition"
    "|no contactar|baja|blocked",
    "attribute:phone:phone": "phone|phone number|telephone|tel|telefon|telefonnummer|rufnummer|festnetz"
    "|numero de telephone|telefono|numero de telefono|business phone|work phone|home phone",
    "attribute:mobile:phone": "mobile|mobile phone|mobile number|cell|cell phone|handy|handynummer|mobil|mobiltelefon"
    "|mobilnummer|portable|telephone portable|movil|telefono movil|celular",
    "attribute:company:text": "company|company name|organisation|organization|firma|unternehmen|entreprise|societe"
    "|empresa|compania",
    "attribute:job_title:text": "job title|title|position|job|funktion|berufsbezeichnung|fonction|poste|cargo|puesto",
    "attribute:birth_date:date": "birth date|birthdate|date of birth|dob|birthday|geburtsdatum|geburtstag|geb datum"
    "|date de naissance|fecha de nacimiento|nacimiento|cumpleanos",
    "attribute:street:text": "street|street address|address|address line 1|strasse|strasse und hausnummer|anschrift"
    "|adresse|rue|calle|direccion|domicilio|mailing street",
    "attribute:postal_code:text": "postal code|postcode|post code|zip|zip code|zipcode|plz|postleitzahl|code postal|cp"
    "|codigo postal|mailing zip",
    "attribute:city:text": "city|town|place|ort|stadt|wohnort|ville|ciudad|localidad|poblacion|mailing city",
    "attribute:country:text": "country|land|pays|pais|country region",
    "attribute:website:link": "website|web site|homepage|web|webseite|internet|site web|sitio web|pagina web",
}
_BY_NAME = {name: meaning for meaning, names in _NAMES.items() for name in names.split("|")}
_SOCIAL = {
    "twitter": "x",
    "twitter x": "x",
    "x twitter": "x",
    "x": "x",
    "insta": "instagram",
    "ig": "instagram",
    "fb": "facebook",
    "bsky": "bluesky",
    "mastodon fediverse": "mastodon",
    "fediverse": "mastodon",
    **{name: name for name in NETWORKS},
}
_ACCOUNT = re.compile(
    "(?P<network>.+?) (?P<what>id|user id|handle|username|user name|account|profile|profil|url|profile url|link"
    "|benutzername|konto|utilisateur|compte|usuario)"
)


def guess(
    names: Sequence[str], attributes: Mapping[str, tuple[str, str]], networks: Collection[str], system: str
) -> list[str]:
    """The meaning of each column by its name. `attributes`: name and kind of those that there are, by slug."""
    found = [_guess(name, attributes, networks, system) for name in names]
    seen = set[str]()
    for place, meaning in enumerate(found):
        if meaning in seen and (meaning in ONCE or meaning.startswith("attribute:")):
            found[place] = ""
        seen.add(meaning)
    return found


def new_attribute(name: str, kind: str) -> str:
    """The meaning of a column that is to become an attribute of its own."""
    slug = slugify(name).replace("-", "_")[:50] or f"attribute_{crc32(name.encode('utf-8', 'replace')):08x}"
    return f"attribute:{slug}:{kind}"


def is_known(meaning: str) -> bool:
    """Whether this is a meaning at all."""
    head, _, rest = meaning.partition(":")
    if head in ("account", "account_id"):
        return bool(re.fullmatch(r"[a-z][a-z0-9_-]{0,29}(:[-a-zA-Z0-9_]{1,30})?", rest))
    if head == "attribute":
        slug, _, kind = rest.partition(":")
        return kind in Kind.values and bool(re.fullmatch(r"[-a-zA-Z0-9_]{1,50}", slug))
    return meaning in PLAIN or not meaning


def _guess(name: str, attributes: Mapping[str, tuple[str, str]], networks: Collection[str], system: str) -> str:
    # The names that our own export gives.
    if match := re.fullmatch(r"attribute:([-\w]{1,50})", name, re.ASCII):
        return f"attribute:{match[1]}:{attributes.get(match[1], ('', Kind.TEXT))[1]}"
    if match := re.fullmatch(r"crm:([-\w]{1,30})", name, re.ASCII):
        return "key" if match[1] == system else f"account_id:crm:{match[1]}"
    match = re.fullmatch(r"([a-z][\w-]{0,29}) (id|handle|url)", name, re.ASCII)
    if match and match[1] in networks:
        return {"id": f"account_id:{match[1]}", "handle": f"account:{match[1]}"}.get(match[2], "")
    if name == "socialcrm_id":
        return ""
    plain = _plain(name)
    for slug, (called, kind) in attributes.items():
        if plain in (_plain(called), _plain(slug)):
            return f"attribute:{slug}:{kind}"
    return _BY_NAME.get(plain) or _account(plain) or _BY_NAME.get(plain.replace("ss", "s"), "")


def _plain(name: str) -> str:
    """The name in small letters, its words parted by one space."""
    return " ".join(re.sub(r"[\W_]+", " ", fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))).split())


def _account(plain: str) -> str:
    match = _ACCOUNT.fullmatch(plain)
    network = _SOCIAL.get(match["network"] if match else plain)
    if network is None:
        return ""
    is_id = match is not None and match["what"] in ("id", "user id")
    return f"account_id:{network}" if is_id else f"account:{network}"
