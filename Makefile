# chatbot-cse. The two commands are `make run` and `make test`; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help setup peer lock lock-peer run train shell actions check rules test test-rasa eval bench-nlu

PY := .venv/bin/python
RASA := .venv-rasa/bin/python -m rasa
export RASA_TELEMETRY_ENABLED := false
export RASA_SHELL_STREAM_READING_TIMEOUT_IN_SECONDS := 60
export PYTHONWARNINGS := ignore
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

help: ## Esta lista
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## Instala los dos entornos (.venv con Python 3.12, .venv-rasa con 3.10)
	@.ci/setup all

run: setup ## Arranca todo y dice en qué dirección contesta (PORT=8000 si no das otro)
	@$(PY) -m server train
	@exec $(PY) -m server run

train: setup rules ## Revisa las reglas y entrena Rasa
	@$(PY) -m server train --force

shell: setup ## Plática con el bot en la terminal (rasa shell)
	@$(PY) -m server train
	@exec $(PY) -m server shell

rules: ## Revisa las reglas: archivo, renglón y cómo remediarlo
	@.ci/setup server
	@$(PY) -m rules check

check: setup ## Estilo, tipos, quién importa a quién, y las reglas
	.venv/bin/ruff check .
	.venv/bin/mypy rules nlu llm server
	.venv/bin/lint-imports
	$(PY) -m rules check

# Trained first, and once: a part that finds nothing trained fits the whole book by itself. Two tests at a time, each on
# one thread (idle threads of two would wait for each other); what starts the system runs one after the other.
test: setup ## Todas las pruebas; arranca el sistema completo y le pregunta
	-@$(PY) -m server train
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -n 2 --no-loadscope-reorder

test-rasa: train ## rasa data validate, rasa test core y rasa test nlu (con las preguntas juzgadas)
	$(RASA) data validate
	$(RASA) test core --e2e --stories tests/dialogue --out .run/results
	$(PY) -m nlu examples > .run/examples.yml
	$(RASA) test nlu --nlu .run/examples.yml --out .run/results

eval: setup ## Preguntas de prueba de extremo a extremo por HTTP, con las cifras del README
	@$(PY) -m nlu evaluate rules data/eval/test.jsonl --risk 0.05
	@$(PY) -m server train
	@$(PY) -m server eval

bench-nlu: setup ## El comparador junto a otros: make bench-nlu DATA=carpeta (ARGS=--help dice qué lleva)
	@$(PY) -m nlu.bench $(DATA) $(ARGS)

peer: setup ## Instala .venv-peer (Python 3.11; opcional): con qué se comprueba lo exportado y se compara la velocidad
	@.ci/setup peer

lock: setup ## Vuelve a fijar versiones y hashes de los dos entornos
	.venv-uv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --python-version 3.12 --extra dev pyproject.toml -o requirements.txt
	.venv-uv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --python-version 3.10 --override requirements-rasa.overrides requirements-rasa.in -o requirements-rasa.txt

lock-peer: setup ## Lo mismo para .venv-peer; torch para CPU ha de hallarse por UV_FIND_LINKS o UV_EXTRA_INDEX_URL
	.venv-uv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	  --python-version 3.11 requirements-peer.in -o requirements-peer.txt
