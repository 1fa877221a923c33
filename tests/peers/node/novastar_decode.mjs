// The npm codec decodes frames, given as hex one a line on stdin, and prints each as JSON.
import { Packet } from '@novastar/codec';
import { createInterface } from 'node:readline';

for await (const line of createInterface({ input: process.stdin })) {
  const packet = new Packet(Buffer.from(line, 'hex'));
  const { head, ack, serno, source, destination, deviceType, port, rcvIndex, io, address, length, data, crc } = packet;
  console.log(JSON.stringify({
    head, ack, serno, source, destination, deviceType, port, rcvIndex, io, address, length,
    data: Buffer.from(data).toString('hex'), fits: Packet.crc(packet) === crc,
  }));
}
