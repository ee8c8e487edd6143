"""A folder of public data in miniature: the same files and fields, a few intents."""
from __future__ import annotations

import csv
import json
from pathlib import Path

INTENTS = {
    "lost_card": ["my card is lost", "i lost my card", "where did my card go", "card was stolen", "somebody took my card",
                  "my card went missing yesterday", "cannot find my bank card anywhere", "report a lost card"],
    "exchange": ["what is the exchange rate", "rate from dollars to euros", "how many pesos for a dollar",
                 "tell me the currency rate", "convert yen to dollars", "is the euro cheap today",
                 "what rate do you give me for pounds", "foreign currency price"],
    "weather": ["will it rain today", "is it cold outside", "what is the forecast for monday", "do i need an umbrella",
                "how hot will it get", "is snow coming this weekend", "weather in paris now", "chance of a storm"],
}  # fmt: skip
ASKED = {"lost_card": "i think i lost my card", "exchange": "what is the dollar rate", "weather": "will it rain on monday"}
OUTSIDE = ["who won the world cup", "tell me a joke about cats", "play some jazz", "what is two plus two", "sing for me"]


def write_public_data(folder: Path, tests: int = 4) -> Path:
    """Write ``clinc150.json``, ``banking77-train.csv`` and ``banking77-test.csv``; ``tests`` questions an intent."""
    train = [[text, intent] for intent, texts in INTENTS.items() for text in texts]
    asked = [[f"{text} {number}", intent] for intent, text in ASKED.items() for number in range(tests)]
    outside = [[text, "oos"] for text in OUTSIDE]
    val = [[f"please {text}", intent] for text, intent in asked]
    content = {"train": train, "val": val, "test": asked, "oos_train": [], "oos_val": outside[:2], "oos_test": outside[2:]}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "clinc150.json").write_text(json.dumps(content), encoding="utf-8")
    for name, rows in (("train", train), ("test", asked)):
        with (folder / f"banking77-{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("text", "category"), *rows])
    return folder
