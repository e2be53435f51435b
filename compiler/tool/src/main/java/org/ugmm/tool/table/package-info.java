/**
 * Tables in: a file or a stream of bytes becomes records, a record becomes a row of doubles. What a
 * table does not say of itself (separator, decimal sign, encoding, compression) is recognised from
 * its first bytes; columns bind to variables by name. A row that cannot be read carries its reason
 * and stops no other. Knows variables, no queries. CSV is RFC 4180.
 */
@NullMarked
package org.ugmm.tool.table;

import org.jspecify.annotations.NullMarked;
