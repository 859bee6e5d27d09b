/** What an MCP server is asked, and answers: without the protocol. */
export interface McpService {
  readonly name: string
  readonly version: string
  readonly instructions: string
  /** Those that the caller may use now. */
  tools(stop: AbortSignal): Promise<readonly ToolDescription[]>
  call(tool: string, input: Readonly<Record<string, unknown>>, stop: AbortSignal): Promise<Answer<unknown>>
  resources(stop: AbortSignal): Promise<Answer<readonly Resource[]>>
  readonly templates: readonly ResourceTemplate[]
  read(uri: string, stop: AbortSignal): Promise<Answer<unknown>>
}

/** `failed`: it was tried, or refused; `value` is what there is to say. `invalid`: nobody could do that. */
export type Answer<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'failed'; readonly value: unknown; readonly message: string }
  | { readonly kind: 'invalid'; readonly message: string }

export interface ToolDescription {
  readonly name: string
  readonly description: string
  readonly inputSchema: InputSchema
  readonly annotations: {
    readonly readOnlyHint: boolean
    readonly destructiveHint: boolean
    readonly openWorldHint: boolean
  }
}

/** JSON Schema of what a tool takes. */
export interface InputSchema {
  readonly type: 'object'
  readonly properties: Record<string, Property>
  readonly required: string[]
  readonly additionalProperties: false
}

export interface Property {
  readonly type: 'string' | 'boolean' | 'integer' | 'array'
  readonly description: string
  readonly items?: { readonly type: 'string'; readonly enum?: readonly string[] }
  readonly minItems?: number
  readonly enum?: readonly string[]
  readonly default?: unknown
}

export interface Resource {
  readonly uri: string
  readonly name: string
  readonly description: string
  readonly mimeType: string
}

export interface ResourceTemplate {
  readonly uriTemplate: string
  readonly name: string
  readonly description: string
  readonly mimeType: string
}
