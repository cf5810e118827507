"""Tell whether a name states a fact: its verb stands in the past tense.

Morphology with a table of irregular forms and of traps. The answer has three values: forms that may be read either
way, such as *set* or *read*, are ambiguous and never reported.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from evlint.words.identifiers import is_version, split

Kind = Literal["past", "not-past", "ambiguous"]
FormOfName = Literal["", "imperative", "gerund", "request", "noun"]

# Irregular participles and simple pasts, each with the verb that it comes from.
IRREGULAR: dict[str, str] = {
    past: verb
    for verb, forms in {
        line.split()[0]: line.split()[1:]
        for line in """
abide abode; arise arose arisen; awake awoke awoken; be was were been; bear bore borne born; become became; beget begot
begotten; begin began begun; bend bent; bind bound; bite bit bitten; bleed bled; blow blew blown; break broke broken;
breed bred; bring brought; build built; burn burnt; buy bought; catch caught; choose chose chosen; cling clung; come came;
creep crept; deal dealt; dig dug; do did done; draw drew drawn; dream dreamt; drink drank drunk; drive drove driven;
dwell dwelt; eat ate eaten; fall fell fallen; feed fed; feel felt; fight fought; find found; flee fled; fling flung;
fly flew flown; forbid forbade forbidden; foresee foresaw foreseen; foretell foretold; forget forgot forgotten; forgive
forgave forgiven; forgo forwent forgone; forsake forsook forsaken; freeze froze frozen; get got gotten; give gave given; go went gone;
grind ground; grow grew grown; hang hung; have had; hear heard; hide hid hidden; hold held; inlay inlaid; keep kept;
kneel knelt; know knew known; lay laid; lead led; leap leapt; learn learnt; leave left; lend lent; lie lain; light lit;
lose lost; make made; mean meant; meet met; mislay mislaid; mislead misled; mistake mistook mistaken; outdo outdid
outdone; outgrow outgrew outgrown; overcome overcame; overdo overdid overdone; overdraw overdrew overdrawn; overhear
overheard; override overrode overridden; oversee oversaw overseen; oversell oversold; overtake overtook overtaken; overthrow overthrew
overthrown; overwrite overwrote overwritten; partake partook partaken; pay paid payed; plead pled; prepay prepaid; prove proven; rebuild
rebuilt; redo redid redone; regrow regrew regrown; rebind rebound; remake remade; repay repaid; resell resold; resend resent; retake retook
retaken; run ran; rethink rethought; retell retold; rewind rewound; rewrite rewrote rewritten; ride rode ridden; ring rang rung; rise rose risen;
say said; see saw seen; seek sought; sell sold; send sent; sew sewn; shake shook shaken; shear shorn; shine shone;
shoot shot; show shown; shrink shrank shrunk; sing sang sung; sink sank sunk; sit sat; slay slew slain; sleep slept;
slide slid; sling slung; smell smelt; sneak snuck; sow sown; speak spoke spoken; speed sped; spell spelt; spend spent;
spill spilt; spin spun; spit spat; spoil spoilt; spring sprang sprung; stand stood; steal stole stolen; stick stuck;
sting stung; stink stank stunk; stride strode stridden; strike struck stricken; string strung; strive strove striven; swear swore
sworn; sweep swept; swell swollen; swim swam swum; swing swung; take took taken; teach taught; tear tore torn; tell told;
think thought; thrive throve; throw threw thrown; tread trod trodden; unbind unbound; unbuild unbuilt; undergo underwent undergone;
understand understood; undertake undertook undertaken; undo undid undone; unfreeze unfroze unfrozen; unwind unwound; uphold upheld; wake woke
woken; waylay waylaid; wear wore worn; weave wove woven; weep wept; win won; wind wound; withdraw withdrew withdrawn;
withhold withheld; withstand withstood; wring wrung; write wrote written; dispel dispelled; outbuy outbought;
outfight outfought; outsell outsold; overfeed overfed; overpay overpaid; oversleep overslept; underpay underpaid; undersell undersold;
presell presold; misread misread; mishear misheard; misspeak misspoke misspoken; misspend misspent; misunderstand misunderstood; miswrite miswrote miswritten;
rehang rehung; relay relaid; relight relit; rerun reran; retell retold; resit resat; unstick unstuck; unhang unhung; unlearn unlearnt; unsay unsaid;
unteach untaught; unwrite unwritten; hew hewn; mow mown; saw sawn; swell swelled; beseech besought; bespeak bespoke bespoken; bestride bestrode; betake betook betaken; befall befell befallen; behold beheld; slit slit; gild gilt; gird girt; lean leant; cleave cleft cloven; rend rent; rive riven; smite smote smitten; wreak wrought
""".replace("\n", " ").split(";")
        if line.split()
    }.items()
    for past in forms
}
# Forms that are present, past and noun at once.
AMBIGUOUS = frozenset(
    "set put read cut hit reset split shut cast cost let bid quit run offset offcast output input broadcast forecast upset"
    " spread beat bet burst hurt knit rid shed slit thrust wed preset recast recut reread typeset sublet undercut outbid overbid"
    " proofread simulcast telecast sweat webcast podcast miscast misread overrun rerun come overcome become sawn lit"
    " rent bound ground found wound left lead felt saw bore dove fell lay light spoke stole thought rose shot"
    " cleft gilt girt wrought".split()
)
# State words that name a condition which may have been reached.
STATES = frozenset(
    "available low full ready online offline empty idle busy open new stale invalid valid active".split()
)
ED_TRAPS = frozenset(
    "bed red shred creed hundred hatred kindred sacred naked wicked embed shed sled moped biped watershed infrared"
    " testbed hotbed newlywed feed seed weed speed breed need deed heed greed steed tweed bleed succeed proceed exceed"
    " reed reseed newsfeed embedded_feed ped ted wed led zed indeed unneed cred med fed aged quadruped centipede"
    " airspeed overspeed wingspeed rapeseed linseed knead".split()
) - {"fed", "led", "wed"}
_ED_TRAP_ENDS = ("feed", "seed", "weed", "speed", "breed", "need", "deed", "heed", "greed", "ceed", "bleed", "steed")
_REED_VERBS = frozenset({"freed", "agreed", "decreed", "disagreed", "refereed", "pedigreed", "filigreed", "treed"})
_GREED_VERBS = frozenset({"agreed", "disagreed"})
NOISE = frozenset({"event", "evt", "domain", "integration", "signal"})
# Dropped only while two words remain: they may be the thing that the event is about.
SOFT_NOISE = frozenset(
    "message msg notification schema model dto payload data record fact context info details".split()
)
PARTICLES = frozenset(
    "up out in off on down over back away through early late again together apart ahead along around aside forward"
    " successfully externally internally automatically manually locally remotely partially completely twice once".split()
)
PREPOSITIONS = frozenset("to from with for by at into onto as via after before without within of against under".split())
IMPERATIVES = frozenset(
    "accept activate add adjust allocate allow apply approve archive assign attach authorize block book build buy calculate"
    " call cancel capture change charge check clear close commit compute confirm connect convert copy create deactivate"
    " debit delete deliver deny deploy detach disable dispatch download edit enable enqueue ensure execute export fetch"
    " fill find finish fire generate get give grant handle import index initialize insert install invalidate invite"
    " invoice issue join launch link list load lock login logout make mark merge migrate modify move notify open order"
    " pause pay perform pick place post prepare process provision publish pull purchase push recalculate receive"
    " reconcile record refresh refund register reject release remove rename renew reopen replace reply report request"
    " resend reserve resize resolve restart restore resume retrieve retry return revoke save schedule search select send"
    " ship sign start stop store submit subscribe suspend sync synchronize take terminate track transfer trigger unblock"
    " unlock unregister unsubscribe update upgrade upload validate verify void withdraw write".split()
)
# Imperatives that stand as nouns in front of a verb: `OrderCancel`, `CaptureStart`.
_NOUNS = frozenset(
    "block book build capture change charge copy export file grant import index invoice issue launch link list load lock"
    " login order plan post purchase record refund release reply report request return schedule search sign subscription"
    " track transfer update upload download".split()
)
# What things have.
_PARTS = frozenset(
    "header headers trailer trailers body data details detail info information context error errors status state result"
    " results metadata payload message content contents item items line lines type types kind name names id ids key keys"
    " value values field fields form forms page pages view views list lists map set queue queues button buttons link links"
    " option options settings config permission permissions group groups summary overview step steps provider providers"
    " column columns filter filters row rows version versions".split()
)
_NOUN_ENDINGS = (("failure", "fail"), ("creation", "create"), ("deletion", "delete"), ("cancellation", "cancel"),
                 ("cancelation", "cancel"), ("registration", "register"), ("completion", "complete"),
                 ("activation", "activate"), ("removal", "remove"), ("approval", "approve"), ("arrival", "arrive"),
                 ("confirmation", "confirm"), ("modification", "modify"), ("expiration", "expire"))  # fmt: skip


class Tense(NamedTuple):
    """What a name says about time.

    `form` tells, for a name that is not in the past, what it is instead; `suggestion` is the name of the fact, where it
    can be told safely.
    """

    kind: Kind
    form: FormOfName = ""
    suggestion: str = ""


def tense(name: str) -> Tense:
    """Judge the name of an event, in whatever spelling."""
    words = _telling([word for word in split(name) if not is_version(word)])
    lowered = [word.lower() for word in words]
    if not lowered or set(lowered) <= NOISE | SOFT_NOISE:
        return Tense("ambiguous")
    if "been" in lowered or _has_past(lowered):
        return Tense("past")
    if _is_past(lowered[0]) or lowered[0] in AMBIGUOUS or lowered[-1] in AMBIGUOUS or lowered[-1] in STATES:
        return Tense("ambiguous")
    found = _otherwise(words, lowered, split(name)[-1].lower())
    private = name[: len(name) - len(name.lstrip("_"))]
    return found._replace(suggestion=private + found.suggestion) if found.suggestion else found


def _telling(words: list[str]) -> list[str]:
    """The words without the technical ones at the end, in front of which a name stands that is whole without them."""
    while len(words) > 1 and (
        words[-1].lower() in NOISE or is_version(words[-1]) or (words[-1].lower() in SOFT_NOISE and len(words) > 2)
    ):
        words = words[:-1]
    return words


def _has_past(words: list[str]) -> bool:
    """Whether a past form stands last, or is followed only by a particle or a prepositional tail."""
    for position in range(len(words) - 1, -1, -1):
        word = words[position]
        if _is_past(word) and (position > 0 or len(words) == 1):
            tail = words[position + 1 :]
            return not tail or tail[0] in PREPOSITIONS or all(item in PARTICLES for item in tail)
    return bool(words) and _is_past(words[0]) and all(item in PARTICLES | PREPOSITIONS for item in words[1:])


def _is_past(word: str) -> bool:
    if word in AMBIGUOUS:
        return False
    if word in IRREGULAR:
        return True
    stem = re.sub(r"^(?:re|un|over|under|mis|out|pre|co|de|auto|fore|inter|counter)", "", word)
    if stem != word and stem in IRREGULAR and stem not in AMBIGUOUS and len(stem) > 3:
        return True
    return _is_regular_past(word)


def _is_regular_past(word: str) -> bool:
    if not word.endswith("ed") or len(word) < 4 or word in ED_TRAPS:
        return False
    if word in _REED_VERBS:
        return True
    if word.endswith("reed"):
        return False
    return not word.endswith(_ED_TRAP_ENDS) or word.endswith(("needed", "seeded"))


def _otherwise(words: list[str], lowered: list[str], end: str) -> Tense:
    first, last = lowered[0], lowered[-1]
    if last in ("requested", "request") and len(words) > 1:
        return Tense("not-past", "request")
    if first == "will" or (last.endswith("ing") and len(last) > 5):
        return Tense("not-past", "gerund")
    if first in _NOUNS and last in IMPERATIVES - _NOUNS and len(words) > 1:
        upper = words[-1][:1].isupper()
        return Tense("not-past", "noun", "".join([*words[:-1], past_of(last).capitalize()]) if upper else "")
    # A thing, what it did, and to what: `request_reached_downloader`.
    if (first in _NOUNS or first not in IMPERATIVES) and any(_is_past(word) or word == "left" for word in lowered[1:]):
        return Tense("ambiguous")
    # A thing with its part: `RequestHeaders`, `RequestEndOfMessage`, `order_api_details`.
    is_thing = first in _NOUNS and (end in _PARTS or not PREPOSITIONS.isdisjoint(lowered))
    if first in IMPERATIVES and not is_thing:
        return Tense("not-past", "imperative", _as_fact(words, lowered))
    for ending, verb in _NOUN_ENDINGS:
        if last == ending and words[-1][:1].isupper() and len(words) > 1:
            return Tense("not-past", "noun", "".join([*words[:-1], past_of(verb).capitalize()]))
    return Tense("not-past", "noun")


def _as_fact(words: list[str], lowered: list[str]) -> str:
    """The fact that a command brings about, where its object can be put in front: `CancelOrder`, not `SendMailToUser`.

    What may be a noun as well (`RequestEndOfMessage`) may have no object at all.
    """
    is_sure = lowered[0] not in _NOUNS or len(words) == 2
    if (
        len(words) == 1
        or not is_sure
        or not words[0][:1].isupper()
        or not (PREPOSITIONS | PARTICLES).isdisjoint(lowered)
    ):
        return ""
    return "".join([*(word[:1].upper() + word[1:] for word in words[1:]), past_of(lowered[0]).capitalize()])


def past_of(verb: str) -> str:
    """The participle of a verb in lower case."""
    irregular = [past for past, base in IRREGULAR.items() if base == verb]
    if irregular:
        return irregular[-1] if irregular[-1] != "payed" else "paid"
    if verb in AMBIGUOUS:
        return verb
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    if re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", verb) or verb in (
        "commit",
        "submit",
        "cancel",
        "transfer",
        "refer",
    ):
        return f"{verb}{verb[-1]}ed"
    return f"{verb}ed"
