"""The losses of a run in trackio, on this machine. Run by `nox -s integrations`."""

import trackio
from small_gan import LINE, start_of, trainer_on

import gantheory as gt


def log(piece):
    """Log every record since the last call."""
    table = piece.table()
    for step, *values in zip(*(column.tolist() for column in table.values()), strict=True):
        trackio.log(dict(zip(list(table)[1:], values, strict=True)), step=step)


run = trackio.init(project="small-gan", config={"learning_rate": 1e-3})
trainer = trainer_on(LINE)
result = trainer.fit(start_of(trainer), 200, callback=gt.Every(50, log), progress=False)
trackio.finish()

# check: trackio holds every step of every loss
rows = trackio.SQLiteStorage.get_logs("small-gan", run.name)
rows.sort(key=lambda row: row["step"])
assert [row["step"] for row in rows] == result.steps.tolist()
for name, column in result.history.items():
    assert [row[name] for row in rows] == column.tolist()
print("trackio holds", len(rows), "steps of", list(result.history))
