"""The cluster's machines: what each has, and which ones joined or left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec


class Machine(msgspec.Struct, frozen=True):
    name: str  # its host's name and its address
    resources: dict[str, float]  # its CPUs and GPUs, in Ray's names

    def slots(self, needs: Mapping[str, float]) -> int:
        """How many jobs with such needs it can run at the same time."""
        # a little more, since three times a third is less than one
        return min(int(self.resources[name] / need + 1e-6) for name, need in needs.items())

    def computes(self) -> bool:
        """Whether it takes part in the work: the head usually doesn't."""
        return any(self.resources.values())


Machines = dict[str, Machine]  # by Ray's ids


def places(machines: Machines, needs: Mapping[str, float]) -> dict[str, int]:
    """How many jobs with such needs have room, by the device that they use."""
    device = "cuda" if "GPU" in needs else "cpu"
    return {device: sum(machine.slots(needs) for machine in machines.values())}


def changes(before: Machines, after: Machines, needs: Mapping[str, float]) -> Iterator[str]:
    """A line for each worker that joined or left."""
    for id, machine in after.items():
        if id not in before and machine.computes():
            cpus, gpus = (f"{machine.resources[name]:g}" for name in ("CPU", "GPU"))
            room = machine.slots(needs)
            yield (
                f"worker {machine.name} joined with CPUs: {cpus}, GPUs: {gpus}, "
                f"jobs at the same time: {room}"
            )
    left = sum(machine.computes() for machine in after.values())
    for id, machine in before.items():
        if id not in after and machine.computes():
            yield f"worker {machine.name} left; workers that are still there: {left}"
