package org.ugmm.compiler;

/**
 * A layer of a network, for display.
 *
 * @param name its name
 * @param type {@code ugmm}, {@code mixture}, {@code product} or {@code categorical}
 * @param units number of units
 * @param inputs number of units or variables that it reads
 * @param parameters number of parameters as stated in the file
 */
public record LayerInfo(String name, String type, int units, int inputs, long parameters) {}
