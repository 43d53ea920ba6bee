"""The blocks of the docs that no test runs, each with the reason, and with what checks it all the same.

A row is (page, heading, which block under the heading): reason. tests/test_every_command.py looks at every
block of a shell, also at these: a shell can read it, and our programs take the commands in it.
test_compose_commands.py looks at every command of Docker Compose, test_data.py at every block of data.
"""

from tests.support.snippets import Key

DRAWING = "a drawing, no program"

SHOWN = "what a program prints in a case that is made up"

COMPOSE = "takes minutes; tests/cluster runs such a cluster, and compose reads the files that are named"

OWN_PRICES = (
    "names a file of the reader's; tests/cluster/test_own_prices.py runs each recipe with files of its own"
)

CLUSTER = "needs a Kubernetes cluster, which the machine of CI is not"

FOREIGN = "names addresses of the reader's network; the programs take the commands"

REGISTRY = "uv and pipx load packages from a registry; tests/test_package.py installs the same"

DOCTOR = "What is wrong with an installation: `tickcast doctor`"

EXCEPTIONS: dict[Key, str] = {
    ("README.md", "See it run", 3): REGISTRY,
    ("docs/architecture.md", "How it works", 0): DRAWING,
    ("docs/architecture.md", "A tick, from source to socket", 0): DRAWING,
    ("docs/architecture.md", "A tick, from source to socket", 1): DRAWING,
    ("docs/delay.md", "With Docker Compose", 0): COMPOSE,
    ("docs/deploy.md", "Running a cluster with Docker Compose", 1): SHOWN,
    ("docs/deploy.md", "Running a cluster with Docker Compose", 2): DRAWING,
    ("docs/deploy.md", "Variables", 0): "the digests are the reader's",
    ("docs/deploy.md", "Passwords", 0): COMPOSE,
    ("docs/deploy.md", "A recording", 0): OWN_PRICES,
    ("docs/deploy.md", "A program that prints", 0): OWN_PRICES,
    ("docs/deploy.md", "A source of your own", 0): OWN_PRICES,
    ("docs/deploy.md", "An exchange", 0): OWN_PRICES,
    ("docs/deploy.md", "Watch it", 0): COMPOSE,
    ("docs/doctor.md", DOCTOR, 0): FOREIGN,
    ("docs/doctor.md", "What it is told", 0): FOREIGN,
    ("docs/kubernetes.md", "Running a cluster on Kubernetes", 0): CLUSTER,
    ("docs/kubernetes.md", "Before you start", 0): "the digests are the reader's",
    ("docs/kubernetes.md", "Before you start", 1): CLUSTER,
    ("docs/kubernetes.md", "Before you start", 2): CLUSTER,
    ("docs/kubernetes.md", "With Helm", 0): "the digests are the reader's",
    ("docs/kubernetes.md", "With Helm", 1): CLUSTER,
    ("docs/kubernetes.md", "Delayed prices", 0): CLUSTER,
    ("docs/kubernetes.md", "Scaling", 0): CLUSTER,
    ("docs/kubernetes.md", "Scaling", 1): CLUSTER,
    ("docs/kubernetes.md", "Envoy Gateway (Gateway API)", 0): CLUSTER,
    ("docs/kubernetes.md", "AWS Application Load Balancer", 0): CLUSTER,
    ("docs/operating.md", "Sentinels and clusters", 0): COMPOSE,
    ("docs/operating.md", "The operator's page", 0): CLUSTER,
    ("docs/proxies.md", "Slow clients", 0): "sets a limit of the whole machine",
}
