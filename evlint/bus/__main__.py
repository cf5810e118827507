"""`python -m evlint.bus`: run the handlers of an application, and look after its deliveries."""

from evlint.bus.cli import main

raise SystemExit(main())
