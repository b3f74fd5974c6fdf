/* voronoi_xdmf - NAME[.LABEL].voronoi.xdmf: which datasets of the HDF5 file are what of the atoms, for
 * ParaView.
 *
 * Light data alone: a collection of frames, each a slice of the datasets of voronoi_files, so nothing is
 * stored twice. Rejected: VTK files (the numbers again, one file a frame). */
#include "analysis/structure/voronoi_state.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

/* Name of the HDF5 file without its folder: the description lies beside it. */
static void file_name(const struct voronoi_state *s, char name[256]) {
    const char *path = h5_path(s->out->h5), *slash = strrchr(path, '/');
    snprintf(name, 256, "%s", slash ? slash + 1 : path);
    char *end = strstr(name, ".partial");
    if (end) *end = 0;
}

/* One slice: frame k of DATASET [T][N] or [T][N][width], columns from `first` on. */
static void add_slice(const struct voronoi_state *s, struct text *t, const char *dataset, const char *number,
                      int width, int first, int columns) {
    char file[256], columned[48] = "", of[48] = "";
    long long n = s->n_atoms, frames = s->setup.n_frames, k = s->n_frames;
    file_name(s, file);
    if (width > 1) {
        snprintf(columned, sizeof columned, " %d", columns);
        snprintf(of, sizeof of, " %d", width);
    }
    text_add(t,
             "<DataItem ItemType=\"HyperSlab\" Dimensions=\"%lld%s\"><DataItem Dimensions=\"3 %d\" "
             "Format=\"XML\">",
             n, columns > 1 ? columned : "", width > 1 ? 3 : 2);
    if (width > 1) text_add(t, "%lld 0 %d 1 1 1 1 %lld %d", k, first, n, columns);
    else text_add(t, "%lld 0 1 1 1 %lld", k, n);
    text_add(
        t, "</DataItem><DataItem Dimensions=\"%lld %lld%s\" %s Format=\"HDF\">%s:%s/%s</DataItem></DataItem>",
        frames, n, of, number, file, s->out->group, dataset);
}

int voronoi_xdmf_frame(struct voronoi_state *s, double time) {
    static const char real[] = "NumberType=\"Float\" Precision=\"8\"",
                      shorts[] = "NumberType=\"Int\" Precision=\"2\"",
                      ints[] = "NumberType=\"Int\" Precision=\"4\"";
    static const struct {
        const char *name, *dataset, *number;
        int width, first;
    } set[] = {{"species", "species", shorts, 1, 0},
               {"volume", "volume", real, 1, 0},
               {"coordination", "coordination", shorts, 1, 0},
               {"n3", "index", shorts, 4, 0},
               {"n4", "index", shorts, 4, 1},
               {"n5", "index", shorts, 4, 2},
               {"n6", "index", shorts, 4, 3},
               {"class", "class", shorts, 1, 0},
               {"flag", "flag", shorts, 1, 0},
               {"density", "density", real, 1, 0},
               {"network", "network", ints, 1, 0}};
    struct text t = {0};
    char *text = NULL;
    if (s->n_frames == 0)
        text_add(&t, "<?xml version=\"1.0\"?>\n<Xdmf Version=\"2.0\"><Domain>\n<Grid Name=\"atoms\" "
                     "GridType=\"Collection\" "
                     "CollectionType=\"Temporal\">\n");
    text_add(&t,
             "<Grid Name=\"atoms\" GridType=\"Uniform\"><Time Value=\"%.12g\"/>\n<Topology "
             "TopologyType=\"Polyvertex\" NumberOfElements=\"%lld\" NodesPerElement=\"1\"/>\n<Geometry "
             "GeometryType=\"XYZ\">",
             time, (long long)s->n_atoms);
    add_slice(s, &t, "position", real, 3, 0, 3);
    text_add(&t, "</Geometry>\n");
    for (size_t k = 0; k < sizeof set / sizeof *set; k++) {
        text_add(&t, "<Attribute Name=\"%s\" AttributeType=\"Scalar\" Center=\"Node\">", set[k].name);
        add_slice(s, &t, set[k].dataset, set[k].number, set[k].width, set[k].first, 1);
        text_add(&t, "</Attribute>\n");
    }
    text_add(&t, "</Grid>\n%s", s->n_frames + 1 == s->setup.n_frames ? "</Grid>\n</Domain></Xdmf>\n" : "");
    TRY(mem_agree(s->out->comm, &text, text_take(&t, &text)));
    int e = results_text_put(&s->xdmf, text, s->out->comm->rank == 0 ? (int64_t)strlen(text) : 0);
    mem_free(&text);
    return e;
}
