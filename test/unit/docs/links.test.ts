import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]

/** Targets of `[text](target)`, outside of code. */
function linksOf(text: string): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, 'code')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
}

/** What a heading is called in a link, as GitHub does it. */
function anchorsOf(text: string): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  return [...prose.matchAll(/^#+ +(.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The link if it leads nowhere; null: it is good. */
function broken(page: string, link: string): string | null {
  if (/^[a-z]+:/.test(link)) return null
  const [path = '', anchor] = link.split('#', 2)
  const target = path === '' ? join(root, page) : resolve(dirname(join(root, page)), path)
  const shown = `${page}: ${link}`
  if (!existsSync(target) || relative(root, target).startsWith('..')) return shown
  if (anchor === undefined) return null
  return anchorsOf(readFileSync(target, 'utf8')).includes(anchor) ? null : shown
}

describe('the links of the documentation', () => {
  it('finds the pages', () => {
    expect(pages).toContain('README.md')
    expect(pages).toContain(join('docs', 'commands.md'))
  })

  it('lead somewhere', () => {
    const all = pages.flatMap((page) =>
      linksOf(readFileSync(join(root, page), 'utf8')).map((link) => ({ page, link })),
    )
    expect(all.length).toBeGreaterThan(20)
    expect(all.flatMap(({ page, link }) => broken(page, link) ?? [])).toEqual([])
  })

  it('reach every page of docs from the README', () => {
    const linked = linksOf(readFileSync(join(root, 'README.md'), 'utf8'))
    expect(
      pages.filter((page) => page.startsWith('docs') && !linked.some((link) => link.startsWith(page))),
    ).toEqual([])
  })
})
