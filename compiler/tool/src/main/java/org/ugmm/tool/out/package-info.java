/**
 * The lowest floor of the command: words, text tables, JSON and files as they leave it, and the
 * exceptions that carry its exit statuses. Knows models and certificates, no tables and no queries.
 */
@NullMarked
package org.ugmm.tool.out;

import org.jspecify.annotations.NullMarked;
