/** A program that a CLI starts as an MCP server, on its standard input and output. */
export interface McpServer {
  readonly name: string
  /** Absolute. */
  readonly command: string
  readonly args: readonly string[]
  /** Variables that it needs of the agent's environment. */
  readonly needs: readonly string[]
}

/** How a CLI is told of a server for one run, beside the user's own settings. */
export interface McpWiring {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}
