"""The losses of a run in TensorBoard. Run by `nox -s integrations`."""

from tempfile import mkdtemp

from small_gan import LINE, start_of, trainer_on
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.summary import Writer

import gantheory as gt

folder = mkdtemp()  # then: tensorboard --logdir FOLDER
writer = Writer(folder)


def log(piece):
    """Write every record since the last call."""
    table = piece.table()
    steps = table.pop("step").tolist()
    for name, column in table.items():
        for step, value in zip(steps, column.tolist(), strict=True):
            writer.add_scalar(name, value, step)


trainer = trainer_on(LINE)
start = start_of(trainer)
result = trainer.fit(start, 200, callback=gt.Every(50, log), progress=False)
writer.close()

# check: TensorBoard reads every step of every loss, once and in order
events = EventAccumulator(folder, size_guidance={"tensors": 0}).Reload()
for name, column in result.history.items():
    found = events.Tensors(name)
    assert [event.step for event in found] == result.steps.tolist()
    assert [event.tensor_proto.float_val[0] for event in found] == column.tolist()
print("TensorBoard reads", events.Tags()["tensors"])
