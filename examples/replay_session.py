"""Record a simulated session, open it again, and check that a replay gives the same."""

import tempfile
from pathlib import Path

from biofeedback import open_session
from biofeedback.cli.demo import demo
from biofeedback.session.sessions import open_reader, verify_session


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        session = Path(folder) / "session"
        demo(scenario="quiet", seconds=30, speed="max", seed=1, out=session)
        analysis = open_session(session)
        print(len(analysis.breaths), "breaths")
        print(verify_session(open_reader(session)).in_words())


if __name__ == "__main__":
    main()
