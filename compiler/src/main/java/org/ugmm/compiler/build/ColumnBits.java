package org.ugmm.compiler.build;

/**
 * What the model knows of a column, in bits a cell, on rows kept back; less is better. A density
 * has no bits of its own: only the difference of the two says something of a real column.
 *
 * @param name the column
 * @param alone mean -log2 of the cell under the independent baseline
 * @param given mean -log2 of the cell under the model, given the other cells of its row
 * @param missing fraction of the training rows without the cell
 */
public record ColumnBits(String name, double alone, double given, double missing) {}
