// The npm client drives a sending card at host:port and prints what it saw as JSON.
// usage: node novastar_client.mjs HOST:PORT [SEARCH_DESTINATION]
import { DeviceType, Request } from '@novastar/codec';
import { findNetDevices, net } from '@novastar/net';

const [address, destination] = process.argv.slice(2);
const session = net.open(address);
await new Promise((opened) => net.once('open', opened));

async function ask(what, deviceType, register, everyCard = false) {
  const request = new Request(what);
  request.deviceType = deviceType;
  request.address = register;
  if (everyCard) Object.assign(request, { port: 0xff, rcvIndex: 0xffff });
  const reply = await session.connection.send(request);
  return { ack: reply.ack, data: Buffer.from(reply.data).toString('hex') };
}

const seen = {
  found: destination ? await findNetDevices(destination) : null,
  model: await ask(2, DeviceType.SendingCard, 0x00000002),
  before: await ask(1, DeviceType.ReceivingCard, 0x02000001),
  written: await ask([0x40], DeviceType.ReceivingCard, 0x02000001, true),
  after: await ask(5, DeviceType.ReceivingCard, 0x02000001),
  monitoring: await ask(256, DeviceType.ReceivingCard, 0x0a000000),
};
console.log(JSON.stringify(seen));
net.release();
process.exit(0);
