/**
 * Readers of our own formats: {@code ugmm-graph/1}, {@code ugmm-network/1} and the safetensors of
 * the paper's code, and the strict cursor over JSON that every reader of a JSON format uses.
 */
@NullMarked
package org.ugmm.compiler.read.json;

import org.jspecify.annotations.NullMarked;
