/**
 * Readers of circuits that other tools write, node by node. Each yields a {@link
 * org.ugmm.compiler.model.NodeTable} with the numbers of its file. Knows no graph and no pass.
 */
@NullMarked
package org.ugmm.compiler.read.circuit;

import org.jspecify.annotations.NullMarked;
