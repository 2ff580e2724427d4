/** Pseudo-terminals (pty(7)), for programs that want to be typed to. */
import { closeSync, constants, openSync } from "node:fs";
import type { Duplex } from "node:stream";
import { ReadStream } from "node:tty";
import { openLibc } from "./ffi.ts";

export interface PseudoTerminal {
  /** The side of the program: it opens this file as its standard streams. */
  readonly path: string;
  /** The side of the one who types; it ends, on Linux with the error EIO, when no program has the other side open any more. */
  readonly stream: Duplex;
  /** Tells the program, with SIGWINCH, how large its terminal is. */
  resize(columns: number, rows: number): void;
}

// include/uapi/asm-generic/ioctls.h, as x86 and ARM have them
const TIOCSWINSZ = 0x5414;
const TIOCGPTN = 0x8004_5430;
const TIOCSPTLCK = 0x4004_5431;
/** struct winsize: rows, columns, and a size in pixels that nobody tells. */
const winsizeBytes = 8;

/** Resolves with undefined where there is none to be had (not Linux, no native module). Throws the system's error. */
export async function openPseudoTerminal(): Promise<PseudoTerminal | undefined> {
  const libc = await openLibc();
  if (!libc) return undefined;
  const fd = openSync("/dev/ptmx", constants.O_RDWR | constants.O_NOCTTY);
  try {
    const number = Buffer.alloc(4);
    const action = "Cannot open a pseudo-terminal";
    libc.control(action, fd, TIOCSPTLCK, number);
    libc.control(action, fd, TIOCGPTN, number);
    // Made for terminals that one sits at, it serves the other side as well, and closes the file.
    const stream = new ReadStream(fd);
    return {
      path: `/dev/pts/${number.readUInt32LE(0)}`,
      stream,
      resize(columns, rows) {
        const size = Buffer.alloc(winsizeBytes);
        size.writeUInt16LE(rows, 0);
        size.writeUInt16LE(columns, 2);
        if (!stream.destroyed) libc.control("Cannot resize a pseudo-terminal", fd, TIOCSWINSZ, size);
      },
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
