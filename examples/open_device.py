"""Read a belt in ten lines: `listen`. The belt is simulated here, over the real bleak."""

import asyncio

from biofeedback import open_device
from biofeedback.drivers.virtual_radio import VirtualRadio
from firmware_sim.gatt import Peripheral, VirtualAir
from firmware_sim.godirect import GoDirectBelt
from firmware_sim.scenarios import scenario


async def main(seconds: float = 3.0) -> None:
    air, loop = VirtualAir(), asyncio.get_running_loop()
    start_s = loop.time()
    belt = GoDirectBelt(scenario("quiet", 60, 1), serial="0K2001B3")

    def now_us() -> int:
        return int((loop.time() - start_s) * 1e6)

    address = "F1:F1:F1:F1:F1:01"
    async with Peripheral(belt, air, address, now_us), VirtualRadio(air.host()) as radio:
        await listen(radio, seconds)


async def listen(radio: VirtualRadio | None, seconds: float) -> None:
    """All that a real belt needs: call it with radio=None and the name on your belt."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + seconds
    async with open_device("godirect", "GDX-RB 0K2001B3", radio=radio) as device:
        print(device.info, [stream.info.stream_id for stream in device.streams])
        async for samples in device.samples():
            print(samples.counter, samples.values[:, 0].round(3))
            if loop.time() > until_s:
                break


if __name__ == "__main__":
    asyncio.run(main())
