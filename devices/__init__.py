"""Talking to hardware: the driver contract, transports, drivers and shipped simulators.

How the agent uses it: `open_transport(address)` (devices.transport), `load_driver(profile.driver)(config, transport)`
(devices.drivers), `await driver.run(host)`; then `configure` and `command` while it runs.

What drivers hand to their host, besides signals and live values (models: `protocols.venue.messages`):

| event                | data                                        | stream                            |
|----------------------|---------------------------------------------|-----------------------------------|
| `sample.taken`       | {n, pad}                                    | as `simulate.stream` says (probe) |
| `count.changed`      | {in_total, out_total, inside, by: lines or  | evidence                          |
|                      |  region}                                    |                                   |
| `presence.signed`    | {staff, action: in or out}                  | evidence                          |
| `person.recognised`  | {person, staff: bool}                       | evidence                          |
| `power.changed`      | {status: online or battery, charge_percent} | evidence                          |
| `media.changed`      | {level_percent, reasons: [..]}              | ops                               |
| `fault.began`/`ended`| {cause, severity, text} (printer, camera)   | ops                               |
| `health.changed`     | {state: ok, frozen, black, defocus, moved,  | ops                               |
|                      |  lost}                                      |                                   |
| `snapshot.taken`     | {sha256, bytes, width, height, keep_s,      | ops                               |
|                      |  masks, why}                                |                                   |
| `state.changed`      | {usable, reason} (kiosk)                    | ops                               |
| `fault.began`        | {cause: smoke, door_open or heat,           | ops                               |
| `fault.ended`        |  temperature_c} (wall)                      |                                   |

Adding a driver (docs/devices/add-a-driver.md works one through): a frame file in `protocols/frames`, a module in
`devices/drivers` with a line in `DRIVERS`, a profile in `firmware_profiles/profiles`, a simulator with a line in
`SIMULATORS`, its deed in the suite over all drivers.
"""
