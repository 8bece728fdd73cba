"""Read a belt in ten lines. Here it is simulated; see below for a real one."""

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

    async with (
        Peripheral(belt, air, "F1:F1:F1:F1:F1:01", now_us),
        VirtualRadio(air.host()) as radio,
    ):
        # A real belt: leave out radio=…, and everything above.
        async with open_device("godirect", "GDX-RB 0K2001B3", radio=radio) as device:
            print(device.info, [stream.info.stream_id for stream in device.streams])
            until_s = loop.time() + seconds
            async for samples in device.samples():
                print(samples.counter, samples.values[:, 0].round(3))
                if loop.time() > until_s:
                    break


if __name__ == "__main__":
    asyncio.run(main())
