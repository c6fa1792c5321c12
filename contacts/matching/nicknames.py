"""Given names that stand for one another, and names that many people have. Free of Django."""

# A line is a name and its short forms. Where a short form belongs to several names, the first line has it.
_FORMS = """
alexander alex sascha sasha xander alec aleksandr alexandre alejandro alessandro
alexandra alexa lexi sandra
andrew andy drew andreas andre andrea andrei andrej andres
anthony tony antonio anton antoine
benjamin ben benny benji
catherine katherine kathryn kate katie kathy cathy kat katharina katarina kathleen
charles charlie chuck chas carlos karl carl
christopher chris kris christoph christophe cristobal
christina christine christa tina kirsten kristina cristina
daniel dan danny daniele
david dave davey davide
deborah debra debbie deb
dorothy dot dottie dorothea
edward ed eddie ted teddy eduardo edouard ned
elizabeth liz lizzie beth betty eliza elisabeth lisa elisa isabel lisbeth bess
emily em emilia emmy
eugene gene
francis frank franz francisco paco frankie francesco francois
frederick fred freddie friedrich frederic federico fritz
gabriel gabe gabriele
gerald gerry jerry gerard
gregory greg gregor
harold harry hal
henry hank heinrich henri enrique
jacob jake jakob jack
james jim jimmy jamie jaime
jeffrey jeff geoffrey geoff
jennifer jen jenny jenn
jessica jess jessie
john johnny jon johann johannes hans jean juan giovanni ivan
jonathan nathan
joseph joe joey jose giuseppe josef pepe
joshua josh
judith judy jutta
kenneth ken kenny
lawrence larry laurence lorenz laurent lorenzo
leonard leo leon lenny leonardo
magdalena magda lena
margaret maggie meg peggy marge margarete greta margarita
maria mary marie mia
martin marty
matthew matt matthias matthieu mateo matteo
maximilian max maxim
melissa mel
michael mike mick mickey michel miguel micha mikhail michele
mohammed mohamed muhammad mohammad mehmet mo
nathaniel nate nat
nicholas nick nicolas niko nicola nico klaus nikolaus nikolai
pamela pam
patricia pat patty trish tricia
patrick paddy patricio
peter pete pedro pierre pietro petr piotr
philip phil phillip philipp felipe philippe
priyanka priya
raymond ray raimund
rebecca becky becca rebekka
richard rick dick rich ricky ricardo rico
robert bob bobby rob robbie bert roberto
ronald ron ronnie
samuel sam sammy
samantha sami
stanley stan
stephanie steph steffi stefanie
steven steve stephen stefan stephan etienne esteban stefano
susan sue susie suzanne susanne susanna
theodore theo theodor
theresa terri tess tessa teresa therese
thomas tom tommy tomas
timothy tim timmy
ulrich uli
valentina vale tina
victoria vicky tori viktoria
vincent vince vinny vincenzo
walter walt wally
wilhelmina mina
william bill billy will willy liam wilhelm guillermo guillaume
zachary zach zack
"""

_COMMON_GIVEN = """
ahmed alex alexander ali amy andrea andrew ana anna anne anthony antonio barbara ben brian carlos charles chen chris
christian christopher daniel david dennis elizabeth emily emma eric fatima felix francisco frank george hans ivan jack
james jan jason jennifer jessica john jonas jose joseph juan julia karen kevin laura li linda lisa luis lukas luca marco
maria mark martin mary matthew max mehmet michael mohamed mohammed nicole nguyen olga oliver patricia paul pedro peter
philip richard robert ryan sandra sarah sara sebastian simon sophie stefan stephen steven susan thomas tim tom wang wei
william yan zhang
"""
_COMMON_FAMILY = """
adams ahmed ali allen anderson bauer becker bernard brown campbell chen clark costa davis diaz dubois evans fernandes
fernandez ferrari fischer garcia gomez gonzalez green hall harris hernandez hill hoffmann ivanov jackson jansen johnson
jones khan kim king koch kowalski kumar lee lewis li lin liu lopez martin martinez meyer miller mitchell moore morris
muller mueller murphy nelson nguyen novak patel perez petit phillips ramirez richter roberts robinson rodriguez rossi
russo sanchez santos schmidt schneider schulz scott silva singh smirnov smith taylor thomas thompson torres tran turner
walker wagner wang weber white williams wilson wolf wood wright wu yang yilmaz young zhang
"""


def _table() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _FORMS.split("\n"):
        forms = line.split()
        for form in forms:
            found.setdefault(form, forms[0])
    return found


FULL_NAME = _table()
COMMON_GIVEN = frozenset(_COMMON_GIVEN.split())
COMMON_FAMILY = frozenset(_COMMON_FAMILY.split())
