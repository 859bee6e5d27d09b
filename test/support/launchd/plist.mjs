// Property lists as launchd takes them: what its DTD allows, and nothing else.

/** @returns the value of an XML property list. @throws Error for whatever the DTD does not allow. */
export function parsePlist(text) {
  const tokens = tokenize(text)
  const doctype = /^<\?xml version="1\.0" encoding="UTF-8"\?>\s*<!DOCTYPE plist PUBLIC "[^"]+" "[^"]+">/
  if (!doctype.test(text)) throw new Error('no XML declaration, or no document type')
  const reader = { tokens, at: 0 }
  expectToken(reader, '<plist version="1.0">')
  const value = readValue(reader)
  expectToken(reader, '</plist>')
  if (reader.at !== tokens.length) throw new Error('something after the end')
  return value
}

/** Tags, and the texts between them that are not blank. */
function tokenize(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML cannot hold
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text)) throw new Error('a character that XML cannot hold')
  const body = text.replace(/^<\?xml[^>]*\?>\s*<!DOCTYPE[^>]*>/, '').replace(/<!--[\s\S]*?-->/g, '')
  return body.split(/(<[^>]*>)/).filter((part) => part.startsWith('<') || part.trim() !== '')
}

function expectToken(reader, token) {
  const found = reader.tokens[reader.at]
  if (found !== token) throw new Error(`expected ${token}, found ${found}`)
  reader.at += 1
}

function readValue(reader) {
  const token = reader.tokens[reader.at]
  reader.at += 1
  switch (token) {
    case '<true/>':
      return true
    case '<false/>':
      return false
    case '<string>':
      return readText(reader, '</string>')
    case '<integer>': {
      const text = readText(reader, '</integer>')
      if (!/^-?\d+$/.test(text)) throw new Error(`not a number: ${text}`)
      return Number(text)
    }
    case '<array>': {
      const items = []
      while (reader.tokens[reader.at] !== '</array>') items.push(readValue(reader))
      reader.at += 1
      return items
    }
    case '<dict>': {
      const found = {}
      while (reader.tokens[reader.at] !== '</dict>') {
        expectToken(reader, '<key>')
        const key = readText(reader, '</key>')
        if (key in found) throw new Error(`twice: ${key}`)
        found[key] = readValue(reader)
      }
      reader.at += 1
      return found
    }
    default:
      throw new Error(`not in a property list: ${token}`)
  }
}

const entities = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&#13;': '\r' }

function readText(reader, end) {
  const raw = reader.tokens[reader.at] === end ? '' : reader.tokens[reader.at]
  if (raw !== '') reader.at += 1
  expectToken(reader, end)
  if (/&(?!amp;|lt;|gt;|#13;)/.test(raw)) throw new Error(`a bare & in ${raw}`)
  return raw.replaceAll('\r\n', '\n').replace(/&(amp|lt|gt|#13);/g, (entity) => entities[entity])
}
