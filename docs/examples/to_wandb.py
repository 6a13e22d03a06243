"""The losses of a run in Weights & Biases, offline. Run by `nox -s integrations`."""

import json
from pathlib import Path
from tempfile import mkdtemp

import wandb
from small_gan import LINE, start_of, trainer_on

import gantheory as gt


def log(piece):
    """Log every record since the last call."""
    table = piece.table()
    rows = zip(*(column.tolist() for column in table.values()), strict=True)
    for step, *values in rows:
        run.log(dict(zip(list(table)[1:], values, strict=True)), step=step)


folder = mkdtemp()
trainer = trainer_on(LINE)
with wandb.init(project="small-gan", mode="offline", dir=folder) as run:
    start = start_of(trainer)
    result = trainer.fit(start, 200, callback=gt.Every(50, log), progress=False)

# check: the file that `wandb sync` sends holds every number; one may be cut at each block's end
[file] = Path(folder).rglob("*.wandb")
wandb.teardown()  # ends the process that writes
content = file.read_bytes()
numbers = [number for column in result.history.values() for number in column.tolist()]
missing = sum(json.dumps(number).encode() not in content for number in numbers)
print(f"{file.name}: {len(numbers) - missing} of {len(numbers)} numbers found whole")
assert missing <= len(content) // 2**15
