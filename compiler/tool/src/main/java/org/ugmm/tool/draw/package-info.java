/**
 * Drawings as SVG, for the report and for the explorer page: densities, bars, histograms, maps and
 * circuits. Colours and fonts are classes of {@code look.css}, which both pages include, so that a
 * drawing is right in light and in dark. Knows circuits and posteriors, no page.
 */
@NullMarked
package org.ugmm.tool.draw;

import org.jspecify.annotations.NullMarked;
