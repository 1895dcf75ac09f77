const HEADER_BYTES = 4;
const COM_QUERY = 0x03;
/** Before every statement, where both sides know query attributes, as MySQL does since 8.0.23: none, in one set. */
const NO_ATTRIBUTES = '\0\u0001';

/** Cuts a stream of MySQL's protocol into its packets: three bytes of length, one of sequence, then the payload. */
export class PacketSplitter {
  private rest: Buffer = Buffer.alloc(0);

  push(data: Buffer): Buffer[] {
    this.rest = Buffer.concat([this.rest, data]);
    const packets: Buffer[] = [];
    while (this.rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.rest.readUIntLE(0, 3);
      if (this.rest.length < end) break;
      packets.push(this.rest.subarray(0, end));
      this.rest = this.rest.subarray(end);
    }
    return packets;
  }
}

/** The statement that a client's packet carries, if it carries one. */
export function commandIn(packet: Buffer): string | undefined {
  if (packet[3] !== 0 || packet[HEADER_BYTES] !== COM_QUERY) return undefined;
  const text = packet.subarray(HEADER_BYTES + 1).toString();
  return text.startsWith(NO_ATTRIBUTES) ? text.slice(NO_ATTRIBUTES.length) : text;
}

export function queryPacket(statement: string): Buffer {
  return packetOf(0, Buffer.concat([Buffer.from([COM_QUERY]), Buffer.from(statement)]));
}

/** The server's answer to the first packet of a command. */
export function errorPacket(error: { errno: number; sqlState: string; message: string }): Buffer {
  const code = Buffer.alloc(3);
  code.writeUInt8(0xff, 0);
  code.writeUInt16LE(error.errno, 1);
  return packetOf(1, Buffer.concat([code, Buffer.from(`#${error.sqlState}${error.message}`)]));
}

function packetOf(sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUIntLE(payload.length, 0, 3);
  header.writeUInt8(sequence, 3);
  return Buffer.concat([header, payload]);
}
