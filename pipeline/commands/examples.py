"""An example or a few of each command, which its help ends with."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "": (
        "camlode demo",
        "camlode mine job.yaml --dry-run",
        "camlode mine job.yaml",
        "camlode query patterns.db --label finance --top 50",
        "camlode doctor patterns.db --job job.yaml",
    ),
    "init": ("camlode init", "camlode init headlines.yaml"),
    "demo": ("camlode demo", "camlode demo --folder /tmp/demo --documents 5000"),
    "completion": (
        "camlode completion bash >> ~/.bashrc",
        "camlode completion zsh >> ~/.zshrc",
        "camlode completion fish > ~/.config/fish/completions/camlode.fish",
    ),
    "doctor": (
        "camlode doctor",
        "camlode doctor patterns.db --job job.yaml",
        "camlode doctor postgresql://anna@db.example.org/patterns --format json",
    ),
    "mine": (
        "camlode mine job.yaml --dry-run",
        "camlode mine job.yaml",
        "camlode mine job.yaml --fresh --set fragments.max_units=1 --set run.workers=2",
    ),
    "retry": ("camlode retry patterns.db 3",),
    "query": (
        "camlode query patterns.db --label finance --top 50",
        "camlode query patterns.db --contains profit --order weighted --min-documents 10",
        "camlode query patterns.db --top 0 --format jsonl > patterns.jsonl",
    ),
    "labels": ("camlode labels patterns.db", "camlode labels patterns.db --run 3 --format csv"),
    "show": (
        'camlode show patterns.db "record profit"',
        'camlode show patterns.db "record profit" --label finance --run 3 --format json',
        "camlode show patterns.db -- --",
    ),
    "audit": (
        "camlode audit patterns.db",
        "camlode audit patterns.db 4 --against 3 --format markdown",
        "camlode audit patterns.db --fail-on low_precision,not_a_word",
    ),
    "compare": (
        "camlode compare patterns.db 3 4",
        "camlode compare patterns.db 3 4 --label finance --top 0 --format csv",
    ),
    "review": (
        'camlode review patterns.db "record profit" --label finance --status accepted',
        'camlode review patterns.db "read more" --label finance --status spurious --note "the page\'s footer"',
        'camlode review patterns.db "read more" --label finance --undo',
    ),
    "reviews": ("camlode reviews patterns.db", "camlode reviews patterns.db --label finance --format csv"),
    "export": (
        "camlode export patterns.db --format csv --label finance --top 100",
        "camlode export patterns.db --format spacy -o patterns.jsonl --language en",
        "camlode export rules.json --format python -o labelling.py",
    ),
    "rules list": ("camlode rules list patterns.db", "camlode rules list patterns.db --format json"),
    "rules show": (
        "camlode rules show rules.json --label finance",
        "camlode rules show patterns.db#headlines@2 --format csv",
    ),
    "rules save": ("camlode rules save rules.json patterns.db --name headlines",),
    "rules build": (
        "camlode rules build patterns.db -o rules.json",
        "camlode rules build patterns.db -o rules.json --rules-per-label 20 --accepted --fallback other",
        "camlode rules build patterns.db -o rules.json --texts labelled.csv --against gold --name headlines",
    ),
    "rules evaluate": (
        "camlode rules evaluate rules.json labelled.csv",
        "camlode rules evaluate patterns.db#headlines labelled.jsonl --per-rule --save --plot rules.png",
    ),
    "rules predict": (
        "camlode rules predict rules.json new.jsonl --explain",
        "camlode rules predict patterns.db#headlines headlines/ --text title --id id -o answers.parquet --ray",
    ),
    "runs": ("camlode runs patterns.db", "camlode runs patterns.db --format json"),
    "rejects": ("camlode rejects patterns.db 3", "camlode rejects patterns.db 3 --reason no_tokens --format csv"),
    "current": ("camlode current patterns.db", "camlode current patterns.db 3"),
    "delete-run": ("camlode delete-run patterns.db 2", "camlode delete-run patterns.db 2 --yes"),
    "db upgrade": ("camlode db upgrade patterns.db",),
    "db current": ("camlode db current patterns.db",),
    "db check": ("camlode db check patterns.db",),
    "explain": (
        'camlode explain job.yaml "shares fell after the match"',
        'camlode explain job.yaml "shares fell after the match" --label sports --format json',
    ),
    "faithfulness": (
        "camlode faithfulness job.yaml",
        "camlode faithfulness job.yaml --methods grad-cam,occlusion --documents 200 --format markdown",
    ),
    "report": ("camlode report patterns.db -o report.html",),
    "serve": (
        "camlode serve patterns.db",
        "camlode serve patterns.db --job job.yaml --port 8080",
        "camlode serve patterns.db --host 0.0.0.0 --allow-host patterns.example.org",
    ),
    "submit": (
        "camlode submit job.yaml --address http://head.example.org:8265",
        "camlode submit job.yaml --address http://head.example.org:8265 --no-wait --set run.workers=8",
    ),
    "status": (
        "camlode status --address http://head.example.org:8265",
        "RAY_API_SERVER_ADDRESS=http://head.example.org:8265 camlode status",
    ),
    "stop": ("camlode stop raysubmit_x1 --address http://head.example.org:8265",),
}
"""By what is typed of a command; "" is the command line as a whole."""
