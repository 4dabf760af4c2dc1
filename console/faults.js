// Faults of a file: "line 214: bin: must be …", "line 3: must have 11 fields", "file: has no trailer", "… and 12 more".

/** Returns `{line, field, text}`; line is null for a fault of the whole file, and all but text where the sentence has no such form. */
export function parseFault(fault) {
  const { line, field, text } = /^(?:line (?<line>\d+)|file): (?:(?<field>[A-Za-z]\w*): )?(?<text>.*)$/s.exec(fault)?.groups ?? { text: fault };
  return { line: line ?? null, field: field ?? null, text };
}

/** How many faults there are, the untold ones included. */
export function faultCount(faults) {
  const more = Number(/^… and (\d+) more$/.exec(faults.at(-1) ?? '')?.[1] ?? 0);
  return more ? faults.length - 1 + more : faults.length;
}

/** The fault as a sentence of its own. */
export const sentence = (fault) => fault && fault[0].toUpperCase() + fault.slice(1);
