package org.ugmm.tool.request;

/**
 * How much one request may ask for.
 *
 * @param rows rows of a batch
 * @param values numbers of drawn rows, and assignments of the k best
 * @param boxes most work that a search may be given
 */
public record Limits(int rows, int values, long boxes) {}
