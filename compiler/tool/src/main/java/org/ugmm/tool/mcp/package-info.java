/**
 * The Model Context Protocol on standard input and output: what is asked of models by agents, each
 * answer the document that {@code query --json} prints, with its certificate. Knows the documents
 * of {@code request} and {@code answer}; the protocol itself is the SDK's
 * (https://modelcontextprotocol.io).
 */
@NullMarked
package org.ugmm.tool.mcp;

import org.jspecify.annotations.NullMarked;
