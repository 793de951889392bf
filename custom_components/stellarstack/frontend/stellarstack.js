var es=Object.defineProperty;var ts=Object.getOwnPropertyDescriptor;var u=(s,t,e,n)=>{for(var r=n>1?void 0:n?ts(t,e):t,o=s.length-1,i;o>=0;o--)(i=s[o])&&(r=(n?i(t,e,r):i(r))||r);return n&&r&&es(t,e,r),r};var ge=globalThis,ve=ge.ShadowRoot&&(ge.ShadyCSS===void 0||ge.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,Ve=Symbol(),yt=new WeakMap,se=class{constructor(t,e,n){if(this._$cssResult$=!0,n!==Ve)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=t,this.t=e}get styleSheet(){let t=this.o,e=this.t;if(ve&&t===void 0){let n=e!==void 0&&e.length===1;n&&(t=yt.get(e)),t===void 0&&((this.o=t=new CSSStyleSheet).replaceSync(this.cssText),n&&yt.set(e,t))}return t}toString(){return this.cssText}},_t=s=>new se(typeof s=="string"?s:s+"",void 0,Ve),b=(s,...t)=>{let e=s.length===1?s[0]:t.reduce((n,r,o)=>n+(i=>{if(i._$cssResult$===!0)return i.cssText;if(typeof i=="number")return i;throw Error("Value passed to 'css' function must be a 'css' function result: "+i+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(r)+s[o+1],s[0]);return new se(e,s,Ve)},bt=(s,t)=>{if(ve)s.adoptedStyleSheets=t.map(e=>e instanceof CSSStyleSheet?e:e.styleSheet);else for(let e of t){let n=document.createElement("style"),r=ge.litNonce;r!==void 0&&n.setAttribute("nonce",r),n.textContent=e.cssText,s.appendChild(n)}},ze=ve?s=>s:s=>s instanceof CSSStyleSheet?(t=>{let e="";for(let n of t.cssRules)e+=n.cssText;return _t(e)})(s):s;var{is:ns,defineProperty:ss,getOwnPropertyDescriptor:rs,getOwnPropertyNames:os,getOwnPropertySymbols:is,getPrototypeOf:as}=Object,ye=globalThis,wt=ye.trustedTypes,ds=wt?wt.emptyScript:"",cs=ye.reactiveElementPolyfillSupport,re=(s,t)=>s,oe={toAttribute(s,t){switch(t){case Boolean:s=s?ds:null;break;case Object:case Array:s=s==null?s:JSON.stringify(s)}return s},fromAttribute(s,t){let e=s;switch(t){case Boolean:e=s!==null;break;case Number:e=s===null?null:Number(s);break;case Object:case Array:try{e=JSON.parse(s)}catch{e=null}}return e}},_e=(s,t)=>!ns(s,t),xt={attribute:!0,type:String,converter:oe,reflect:!1,useDefault:!1,hasChanged:_e};Symbol.metadata??=Symbol("metadata"),ye.litPropertyMetadata??=new WeakMap;var M=class extends HTMLElement{static addInitializer(t){this._$Ei(),(this.l??=[]).push(t)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(t,e=xt){if(e.state&&(e.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(t)&&((e=Object.create(e)).wrapped=!0),this.elementProperties.set(t,e),!e.noAccessor){let n=Symbol(),r=this.getPropertyDescriptor(t,n,e);r!==void 0&&ss(this.prototype,t,r)}}static getPropertyDescriptor(t,e,n){let{get:r,set:o}=rs(this.prototype,t)??{get(){return this[e]},set(i){this[e]=i}};return{get:r,set(i){let d=r?.call(this);o?.call(this,i),this.requestUpdate(t,d,n)},configurable:!0,enumerable:!0}}static getPropertyOptions(t){return this.elementProperties.get(t)??xt}static _$Ei(){if(this.hasOwnProperty(re("elementProperties")))return;let t=as(this);t.finalize(),t.l!==void 0&&(this.l=[...t.l]),this.elementProperties=new Map(t.elementProperties)}static finalize(){if(this.hasOwnProperty(re("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(re("properties"))){let e=this.properties,n=[...os(e),...is(e)];for(let r of n)this.createProperty(r,e[r])}let t=this[Symbol.metadata];if(t!==null){let e=litPropertyMetadata.get(t);if(e!==void 0)for(let[n,r]of e)this.elementProperties.set(n,r)}this._$Eh=new Map;for(let[e,n]of this.elementProperties){let r=this._$Eu(e,n);r!==void 0&&this._$Eh.set(r,e)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(t){let e=[];if(Array.isArray(t)){let n=new Set(t.flat(1/0).reverse());for(let r of n)e.unshift(ze(r))}else t!==void 0&&e.push(ze(t));return e}static _$Eu(t,e){let n=e.attribute;return n===!1?void 0:typeof n=="string"?n:typeof t=="string"?t.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(t=>this.enableUpdating=t),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(t=>t(this))}addController(t){(this._$EO??=new Set).add(t),this.renderRoot!==void 0&&this.isConnected&&t.hostConnected?.()}removeController(t){this._$EO?.delete(t)}_$E_(){let t=new Map,e=this.constructor.elementProperties;for(let n of e.keys())this.hasOwnProperty(n)&&(t.set(n,this[n]),delete this[n]);t.size>0&&(this._$Ep=t)}createRenderRoot(){let t=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return bt(t,this.constructor.elementStyles),t}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(t=>t.hostConnected?.())}enableUpdating(t){}disconnectedCallback(){this._$EO?.forEach(t=>t.hostDisconnected?.())}attributeChangedCallback(t,e,n){this._$AK(t,n)}_$ET(t,e){let n=this.constructor.elementProperties.get(t),r=this.constructor._$Eu(t,n);if(r!==void 0&&n.reflect===!0){let o=(n.converter?.toAttribute!==void 0?n.converter:oe).toAttribute(e,n.type);this._$Em=t,o==null?this.removeAttribute(r):this.setAttribute(r,o),this._$Em=null}}_$AK(t,e){let n=this.constructor,r=n._$Eh.get(t);if(r!==void 0&&this._$Em!==r){let o=n.getPropertyOptions(r),i=typeof o.converter=="function"?{fromAttribute:o.converter}:o.converter?.fromAttribute!==void 0?o.converter:oe;this._$Em=r;let d=i.fromAttribute(e,o.type);this[r]=d??this._$Ej?.get(r)??d,this._$Em=null}}requestUpdate(t,e,n,r=!1,o){if(t!==void 0){let i=this.constructor;if(r===!1&&(o=this[t]),n??=i.getPropertyOptions(t),!((n.hasChanged??_e)(o,e)||n.useDefault&&n.reflect&&o===this._$Ej?.get(t)&&!this.hasAttribute(i._$Eu(t,n))))return;this.C(t,e,n)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(t,e,{useDefault:n,reflect:r,wrapped:o},i){n&&!(this._$Ej??=new Map).has(t)&&(this._$Ej.set(t,i??e??this[t]),o!==!0||i!==void 0)||(this._$AL.has(t)||(this.hasUpdated||n||(e=void 0),this._$AL.set(t,e)),r===!0&&this._$Em!==t&&(this._$Eq??=new Set).add(t))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(e){Promise.reject(e)}let t=this.scheduleUpdate();return t!=null&&await t,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[r,o]of this._$Ep)this[r]=o;this._$Ep=void 0}let n=this.constructor.elementProperties;if(n.size>0)for(let[r,o]of n){let{wrapped:i}=o,d=this[r];i!==!0||this._$AL.has(r)||d===void 0||this.C(r,void 0,o,d)}}let t=!1,e=this._$AL;try{t=this.shouldUpdate(e),t?(this.willUpdate(e),this._$EO?.forEach(n=>n.hostUpdate?.()),this.update(e)):this._$EM()}catch(n){throw t=!1,this._$EM(),n}t&&this._$AE(e)}willUpdate(t){}_$AE(t){this._$EO?.forEach(e=>e.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(t)),this.updated(t)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(t){return!0}update(t){this._$Eq&&=this._$Eq.forEach(e=>this._$ET(e,this[e])),this._$EM()}updated(t){}firstUpdated(t){}};M.elementStyles=[],M.shadowRootOptions={mode:"open"},M[re("elementProperties")]=new Map,M[re("finalized")]=new Map,cs?.({ReactiveElement:M}),(ye.reactiveElementVersions??=[]).push("2.1.2");var We=globalThis,At=s=>s,be=We.trustedTypes,$t=be?be.createPolicy("lit-html",{createHTML:s=>s}):void 0,Fe="$lit$",O=`lit$${Math.random().toFixed(9).slice(2)}$`,qe="?"+O,ls=`<${qe}>`,U=document,ae=()=>U.createComment(""),de=s=>s===null||typeof s!="object"&&typeof s!="function",Be=Array.isArray,Ht=s=>Be(s)||typeof s?.[Symbol.iterator]=="function",Ue=`[ 	
\f\r]`,ie=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,Ct=/-->/g,St=/>/g,V=RegExp(`>|${Ue}(?:([^\\s"'>=/]+)(${Ue}*=${Ue}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),kt=/'/g,Tt=/"/g,Lt=/^(?:script|style|textarea|title)$/i,Ge=s=>(t,...e)=>({_$litType$:s,strings:t,values:e}),l=Ge(1),fr=Ge(2),gr=Ge(3),S=Symbol.for("lit-noChange"),p=Symbol.for("lit-nothing"),Et=new WeakMap,z=U.createTreeWalker(U,129);function Mt(s,t){if(!Be(s)||!s.hasOwnProperty("raw"))throw Error("invalid template strings array");return $t!==void 0?$t.createHTML(t):t}var Ot=(s,t)=>{let e=s.length-1,n=[],r,o=t===2?"<svg>":t===3?"<math>":"",i=ie;for(let d=0;d<e;d++){let a=s[d],c,m,h=-1,w=0;for(;w<a.length&&(i.lastIndex=w,m=i.exec(a),m!==null);)w=i.lastIndex,i===ie?m[1]==="!--"?i=Ct:m[1]!==void 0?i=St:m[2]!==void 0?(Lt.test(m[2])&&(r=RegExp("</"+m[2],"g")),i=V):m[3]!==void 0&&(i=V):i===V?m[0]===">"?(i=r??ie,h=-1):m[1]===void 0?h=-2:(h=i.lastIndex-m[2].length,c=m[1],i=m[3]===void 0?V:m[3]==='"'?Tt:kt):i===Tt||i===kt?i=V:i===Ct||i===St?i=ie:(i=V,r=void 0);let v=i===V&&s[d+1].startsWith("/>")?" ":"";o+=i===ie?a+ls:h>=0?(n.push(c),a.slice(0,h)+Fe+a.slice(h)+O+v):a+O+(h===-2?d:v)}return[Mt(s,o+(s[e]||"<?>")+(t===2?"</svg>":t===3?"</math>":"")),n]},ce=class s{constructor({strings:t,_$litType$:e},n){let r;this.parts=[];let o=0,i=0,d=t.length-1,a=this.parts,[c,m]=Ot(t,e);if(this.el=s.createElement(c,n),z.currentNode=this.el.content,e===2||e===3){let h=this.el.content.firstChild;h.replaceWith(...h.childNodes)}for(;(r=z.nextNode())!==null&&a.length<d;){if(r.nodeType===1){if(r.hasAttributes())for(let h of r.getAttributeNames())if(h.endsWith(Fe)){let w=m[i++],v=r.getAttribute(h).split(O),fe=/([.?@])?(.*)/.exec(w);a.push({type:1,index:o,name:fe[2],strings:v,ctor:fe[1]==="."?xe:fe[1]==="?"?Ae:fe[1]==="@"?$e:F}),r.removeAttribute(h)}else h.startsWith(O)&&(a.push({type:6,index:o}),r.removeAttribute(h));if(Lt.test(r.tagName)){let h=r.textContent.split(O),w=h.length-1;if(w>0){r.textContent=be?be.emptyScript:"";for(let v=0;v<w;v++)r.append(h[v],ae()),z.nextNode(),a.push({type:2,index:++o});r.append(h[w],ae())}}}else if(r.nodeType===8)if(r.data===qe)a.push({type:2,index:o});else{let h=-1;for(;(h=r.data.indexOf(O,h+1))!==-1;)a.push({type:7,index:o}),h+=O.length-1}o++}}static createElement(t,e){let n=U.createElement("template");return n.innerHTML=t,n}};function W(s,t,e=s,n){if(t===S)return t;let r=n!==void 0?e._$Co?.[n]:e._$Cl,o=de(t)?void 0:t._$litDirective$;return r?.constructor!==o&&(r?._$AO?.(!1),o===void 0?r=void 0:(r=new o(s),r._$AT(s,e,n)),n!==void 0?(e._$Co??=[])[n]=r:e._$Cl=r),r!==void 0&&(t=W(s,r._$AS(s,t.values),r,n)),t}var we=class{constructor(t,e){this._$AV=[],this._$AN=void 0,this._$AD=t,this._$AM=e}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(t){let{el:{content:e},parts:n}=this._$AD,r=(t?.creationScope??U).importNode(e,!0);z.currentNode=r;let o=z.nextNode(),i=0,d=0,a=n[0];for(;a!==void 0;){if(i===a.index){let c;a.type===2?c=new j(o,o.nextSibling,this,t):a.type===1?c=new a.ctor(o,a.name,a.strings,this,t):a.type===6&&(c=new Ce(o,this,t)),this._$AV.push(c),a=n[++d]}i!==a?.index&&(o=z.nextNode(),i++)}return z.currentNode=U,r}p(t){let e=0;for(let n of this._$AV)n!==void 0&&(n.strings!==void 0?(n._$AI(t,n,e),e+=n.strings.length-2):n._$AI(t[e])),e++}},j=class s{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(t,e,n,r){this.type=2,this._$AH=p,this._$AN=void 0,this._$AA=t,this._$AB=e,this._$AM=n,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let t=this._$AA.parentNode,e=this._$AM;return e!==void 0&&t?.nodeType===11&&(t=e.parentNode),t}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(t,e=this){t=W(this,t,e),de(t)?t===p||t==null||t===""?(this._$AH!==p&&this._$AR(),this._$AH=p):t!==this._$AH&&t!==S&&this._(t):t._$litType$!==void 0?this.$(t):t.nodeType!==void 0?this.T(t):Ht(t)?this.k(t):this._(t)}O(t){return this._$AA.parentNode.insertBefore(t,this._$AB)}T(t){this._$AH!==t&&(this._$AR(),this._$AH=this.O(t))}_(t){this._$AH!==p&&de(this._$AH)?this._$AA.nextSibling.data=t:this.T(U.createTextNode(t)),this._$AH=t}$(t){let{values:e,_$litType$:n}=t,r=typeof n=="number"?this._$AC(t):(n.el===void 0&&(n.el=ce.createElement(Mt(n.h,n.h[0]),this.options)),n);if(this._$AH?._$AD===r)this._$AH.p(e);else{let o=new we(r,this),i=o.u(this.options);o.p(e),this.T(i),this._$AH=o}}_$AC(t){let e=Et.get(t.strings);return e===void 0&&Et.set(t.strings,e=new ce(t)),e}k(t){Be(this._$AH)||(this._$AH=[],this._$AR());let e=this._$AH,n,r=0;for(let o of t)r===e.length?e.push(n=new s(this.O(ae()),this.O(ae()),this,this.options)):n=e[r],n._$AI(o),r++;r<e.length&&(this._$AR(n&&n._$AB.nextSibling,r),e.length=r)}_$AR(t=this._$AA.nextSibling,e){for(this._$AP?.(!1,!0,e);t!==this._$AB;){let n=At(t).nextSibling;At(t).remove(),t=n}}setConnected(t){this._$AM===void 0&&(this._$Cv=t,this._$AP?.(t))}},F=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(t,e,n,r,o){this.type=1,this._$AH=p,this._$AN=void 0,this.element=t,this.name=e,this._$AM=r,this.options=o,n.length>2||n[0]!==""||n[1]!==""?(this._$AH=Array(n.length-1).fill(new String),this.strings=n):this._$AH=p}_$AI(t,e=this,n,r){let o=this.strings,i=!1;if(o===void 0)t=W(this,t,e,0),i=!de(t)||t!==this._$AH&&t!==S,i&&(this._$AH=t);else{let d=t,a,c;for(t=o[0],a=0;a<o.length-1;a++)c=W(this,d[n+a],e,a),c===S&&(c=this._$AH[a]),i||=!de(c)||c!==this._$AH[a],c===p?t=p:t!==p&&(t+=(c??"")+o[a+1]),this._$AH[a]=c}i&&!r&&this.j(t)}j(t){t===p?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,t??"")}},xe=class extends F{constructor(){super(...arguments),this.type=3}j(t){this.element[this.name]=t===p?void 0:t}},Ae=class extends F{constructor(){super(...arguments),this.type=4}j(t){this.element.toggleAttribute(this.name,!!t&&t!==p)}},$e=class extends F{constructor(t,e,n,r,o){super(t,e,n,r,o),this.type=5}_$AI(t,e=this){if((t=W(this,t,e,0)??p)===S)return;let n=this._$AH,r=t===p&&n!==p||t.capture!==n.capture||t.once!==n.once||t.passive!==n.passive,o=t!==p&&(n===p||r);r&&this.element.removeEventListener(this.name,this,n),o&&this.element.addEventListener(this.name,this,t),this._$AH=t}handleEvent(t){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,t):this._$AH.handleEvent(t)}},Ce=class{constructor(t,e,n){this.element=t,this.type=6,this._$AN=void 0,this._$AM=e,this.options=n}get _$AU(){return this._$AM._$AU}_$AI(t){W(this,t)}},Rt={M:Fe,P:O,A:qe,C:1,L:Ot,R:we,D:Ht,V:W,I:j,H:F,N:Ae,U:$e,B:xe,F:Ce},ps=We.litHtmlPolyfillSupport;ps?.(ce,j),(We.litHtmlVersions??=[]).push("3.3.3");var Pt=(s,t,e)=>{let n=e?.renderBefore??t,r=n._$litPart$;if(r===void 0){let o=e?.renderBefore??null;n._$litPart$=r=new j(t.insertBefore(ae(),o),o,void 0,e??{})}return r._$AI(s),r};var je=globalThis,f=class extends M{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let t=super.createRenderRoot();return this.renderOptions.renderBefore??=t.firstChild,t}update(t){let e=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(t),this._$Do=Pt(e,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return S}};f._$litElement$=!0,f.finalized=!0,je.litElementHydrateSupport?.({LitElement:f});var hs=je.litElementPolyfillSupport;hs?.({LitElement:f});(je.litElementVersions??=[]).push("4.2.2");var us={attribute:!0,type:String,converter:oe,reflect:!1,hasChanged:_e},ms=(s=us,t,e)=>{let{kind:n,metadata:r}=e,o=globalThis.litPropertyMetadata.get(r);if(o===void 0&&globalThis.litPropertyMetadata.set(r,o=new Map),n==="setter"&&((s=Object.create(s)).wrapped=!0),o.set(e.name,s),n==="accessor"){let{name:i}=e;return{set(d){let a=t.get.call(this);t.set.call(this,d),this.requestUpdate(i,a,s,!0,d)},init(d){return d!==void 0&&this.C(i,void 0,s,d),d}}}if(n==="setter"){let{name:i}=e;return function(d){let a=this[i];t.call(this,d),this.requestUpdate(i,a,s,!0,d)}}throw Error("Unsupported decorator location: "+n)};function A(s){return(t,e)=>typeof e=="object"?ms(s,t,e):((n,r,o)=>{let i=r.hasOwnProperty(o);return r.constructor.createProperty(o,n),i?Object.getOwnPropertyDescriptor(r,o):void 0})(s,t,e)}function y(s){return A({...s,state:!0,attribute:!1})}var q=(s,t,e)=>(e.configurable=!0,e.enumerable=!0,Reflect.decorate&&typeof t!="object"&&Object.defineProperty(s,t,e),e);function P(s,t){return(e,n,r)=>{let o=i=>i.renderRoot?.querySelector(s)??null;if(t){let{get:i,set:d}=typeof n=="object"?e:r??(()=>{let a=Symbol();return{get(){return this[a]},set(c){this[a]=c}}})();return q(e,n,{get(){let a=i.call(this);return a===void 0&&(a=o(this),(a!==null||this.hasUpdated)&&d.call(this,a)),a}})}return q(e,n,{get(){return o(this)}})}}var B={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},Nt=s=>(...t)=>({_$litDirective$:s,values:t}),Se=class{constructor(t){}get _$AU(){return this._$AM._$AU}_$AT(t,e,n){this._$Ct=t,this._$AM=e,this._$Ci=n}_$AS(t,e){return this.update(t,e)}update(t,e){return this.render(...e)}};var{I:ro}=Rt;var Dt=s=>s.strings===void 0;var fs={},It=(s,t=fs)=>s._$AH=t;var Vt=Nt(class extends Se{constructor(s){if(super(s),s.type!==B.PROPERTY&&s.type!==B.ATTRIBUTE&&s.type!==B.BOOLEAN_ATTRIBUTE)throw Error("The `live` directive is not allowed on child or event bindings");if(!Dt(s))throw Error("`live` bindings can only contain a single expression")}render(s){return s}update(s,[t]){if(t===S||t===p)return t;let e=s.element,n=s.name;if(s.type===B.PROPERTY){if(t===e[n])return S}else if(s.type===B.BOOLEAN_ATTRIBUTE){if(!!t===e.hasAttribute(n))return S}else if(s.type===B.ATTRIBUTE&&e.getAttribute(n)===t+"")return S;return It(s),t}});var zt={dashboard_name:"Game servers",dashboard_description:"Your game servers at a glance, with a page for each. Follows servers that come and go.",dashboard_away:"The panel {panel} cannot be reached",dashboard_node_offline:"The node {node} is offline",dashboard_crashed:"The server {server} has crashed",dashboard_more:"{count} more",dashboard_no_servers:"There are no game servers here yet. Add StellarStack, or a server to it, and this page fills by itself.",dashboard_gone:"This server is no longer in Home Assistant.",dashboard_other:"Other servers",dashboard_usage:"Usage",dashboard_history:"Last 24 hours",dashboard_backups:"Backups",dashboard_create_backup:"Create backup",dashboard_create_backup_ask:"Create a backup of {server} now?",dashboard_facts:"Details",dashboard_group_by:"Group by",dashboard_group_by_node:"Node",dashboard_group_by_panel:"Panel",dashboard_group_by_area:"Area",dashboard_group_by_label:"Label",dashboard_servers:"Servers",dashboard_servers_help:"Leave empty for all of them.",dashboard_size:"Size of the cards",dashboard_size_auto:"Compact for more than 12 servers",dashboard_size_compact:"Compact",dashboard_size_full:"Full",dashboard_bad_option:"The option {option} of this dashboard is not valid.",card_server_name:"StellarStack server",card_server_description:"A game server with its status, what it uses, and buttons to start and stop it.",card_console_name:"StellarStack console",card_console_description:"The live console of a game server, with a line for commands.",card_device_id:"Server",card_compact:"Compact",card_times:"Show times",card_start:"Start",card_restart:"Restart",card_stop:"Stop",card_kill:"Kill",card_start_title:"Start {server}?",card_restart_title:"Restart {server}?",card_stop_title:"Stop {server}?",card_kill_title:"Kill {server}?",card_kill_text:"The server gets no time to save: what is not saved is lost.",card_players_text:"Players on the server now: {count}.",card_cancel:"Cancel",card_menu:"More for {server}",card_copy_address:"Copy address",card_copied:"Copied",card_open_panel:"Open on the panel",card_cpu:"CPU",card_memory:"Memory",card_players:"Players",card_players_count:"Players: {count}",card_node_offline:"Node offline",card_no_device:"Choose a server.",card_device_gone:"This server is no longer in Home Assistant.",console_label:"Console of {server}",console_search:"Search",console_found:"Lines found",console_none_found:"No line contains this.",console_pause:"Pause",console_follow:"Follow new lines",console_new:"New lines: {count}",console_copy:"Copy lines",console_command:"Command",console_send:"Send",console_confirm_title:"Send this to {server}?",console_confirm_text:"This command may stop the server: {command}",console_empty:"No lines yet.",live_connecting:"Connecting to the node",live_stopped:"The server is stopped.",live_no_access:"The account on the panel has no right to live data of this server.",live_unreachable:"The server's node cannot be reached.",live_off:"The panel is not loaded, or its session gives no live data.",live_unauthorized:"You need the right to control this server.",live_not_found:"This server is not loaded in Home Assistant.",live_failed:"There is no live data at the moment.",card_no_status:"Status sensor is disabled"};var _="stellarstack";function Ye(s){return s.identifiers.find(([t])=>t===_)?.[1]}function Ke(s){let t=Ye(s);return t!==void 0&&!s.config_entries.includes(t)}function vs(s){let t=Ye(s);return t!==void 0&&s.config_entries.includes(t)}function x(s){return s.name_by_user||s.name||s.id}function E(s,t){let e=t===void 0?void 0:s.devices[t];return e&&Ke(e)?e:void 0}function Y(s){return qt(s).filter(Ke)}function Ft(s){return qt(s).filter(vs)}var Ut=new WeakMap;function qt({devices:s,locale:{language:t}}){let e=Ut.get(s);if(e?.language!==t){let n=new Intl.Collator(t,{numeric:!0}),r=Object.values(s).filter(o=>!o.disabled_by&&Ye(o)!==void 0);r.sort((o,i)=>n.compare(x(o),x(i))||(o.id<i.id?-1:1)),e={language:t,devices:r},Ut.set(s,e)}return e.devices}var Wt=new WeakMap;function Ze(s){let t=Wt.get(s);if(!t){let e=new Map;for(let n of Object.values(s)){if(n.platform!==_||!n.device_id||!n.translation_key)continue;let r=e.get(n.device_id);r||(r=new Map,e.set(n.device_id,r)),r.set(n.translation_key,n.entity_id)}t=e,Wt.set(s,t)}return t}function N(s,t,e){return Ze(s.entities).get(t)?.get(e)}function ke(s,t,e){let n=N(s,t,e);return n!==void 0&&!s.entities[n]?.hidden?n:void 0}function R(s,t,e){let n=N(s,t,e);return n===void 0?void 0:s.states[n]}function Te(s,t){let e=s.entities[t],n=e?.platform===_&&e.device_id?s.devices[e.device_id]:void 0;return n&&Ke(n)?n:void 0}var ys=`component.${_}.common.`,Bt=new Map,Je=new Map;function C(s){let t=Bt.get(s);return(e,n={})=>(t?.[ys+e]??zt[e]).replace(/\{(\w+)\}/g,(r,o)=>String(n[o]??r))}function H(s){let{language:t}=s,e=Je.get(t);return e||(e=s.callWS({type:"frontend/get_translations",language:t,category:"common",integration:[_]}).then(({resources:n})=>{Bt.set(t,n)},()=>{Je.delete(t)}),Je.set(t,e)),e}var $=class{constructor(t){this.host=t;this.#e="en";this.get=(t,e)=>C(this.#e)(t,e);t.addController(this)}#e;hostUpdate(){let{hass:t}=this.host;t&&t.language!==this.#e&&(this.#e=t.language,H(t).then(()=>this.host.requestUpdate()))}};function g(s,t){customElements.get(s)||customElements.define(s,t)}function Ee(s,t){window.customCards??=[],jt(window.customCards,{type:s,...t(C("en"))},t)}function Gt(s,t){window.customStrategies??=[],jt(window.customStrategies,{type:s,...t(C("en"))},t)}function jt(s,t,e){if(s.some(({type:r})=>r===t.type))return;s.push(t);let n=document.querySelector("home-assistant");if(n?.hass){let{language:r}=n.hass;H(n.hass).then(()=>Object.assign(t,e(C(r))))}}var Yt=[2,5,15,60],D=class{constructor(t,e,n,r){this.host=t;this.kind=e;this.deviceId=n;this.onEvent=r;t.addController(this)}#e=!1;#t;#n;#s;hostUpdate(){let t=this.host.hass?.connection,e=this.deviceId();t===this.#t&&e===this.#n||(this.#r(),t&&e&&this.#e&&(this.#t=t,this.#n=e,this.#s=this.#o(t,e)))}hostConnected(){this.#e=!0,this.host.requestUpdate()}hostDisconnected(){this.#e=!1,this.#r()}#r(){this.#s?.(),this.#s=this.#t=this.#n=this.state=this.error=void 0}#o(t,e){let n=0,r,o={},i=({unsubscribe:h})=>{h?.().catch(()=>{})},d=()=>{clearTimeout(r),i(o),o={}},a=h=>{this.error=h,this.state=void 0,this.host.requestUpdate();let w=Yt[Math.min(n++,Yt.length-1)]??60;r=setTimeout(m,w*1e3)},c=h=>{this.state=h,this.error=void 0,this.host.requestUpdate()},m=async()=>{clearTimeout(r);let h={};o=h,this.state=void 0;let w=v=>{h===o&&(n=0,"state"in v?v.state==="unauthorized"?(d(),a(v.state)):c(v.state):(c("live"),this.onEvent(v)))};try{let v={type:`${_}/subscribe_${this.kind}`,device_id:e};h.unsubscribe=await t.subscribeMessage(w,v,{resubscribe:!1})}catch(v){h===o&&a(_s(v));return}h!==o?i(h):c(this.state??"live")};return t.addEventListener("ready",m),m(),()=>{t.removeEventListener("ready",m),d()}}};function _s(s){let t=typeof s=="object"&&s!==null&&"code"in s?s.code:void 0;return t==="not_found"||t==="unauthorized"?t:"failed"}var K=b`
  :host {
    display: block;
    block-size: 100%;
  }
  ha-card {
    block-size: 100%;
    box-sizing: border-box;
    overflow: hidden;
  }
  ha-card:not(:defined) {
    display: block;
    border: 1px solid var(--divider-color, #e0e0e0);
    border-radius: var(--ha-card-border-radius, 12px);
    background: var(--ha-card-background, var(--card-background-color, #fff));
    color: var(--primary-text-color, #212121);
  }
  .message {
    margin: 0;
    padding: 16px;
    color: var(--secondary-text-color, #727272);
  }
`,L=b`
  .icon {
    inline-size: 20px;
    block-size: 20px;
    flex: none;
    fill: currentcolor;
  }
  button,
  a.item {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-block-size: 40px;
    box-sizing: border-box;
    margin: 0;
    padding: 0 16px;
    border: 0;
    border-radius: 20px;
    background: none;
    color: inherit;
    font: inherit;
    text-align: start;
    text-decoration: none;
    cursor: pointer;
  }
  button:hover:not(:disabled),
  a.item:hover {
    background: color-mix(in srgb, currentcolor 8%, transparent);
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  button.filled {
    background: color-mix(in srgb, var(--button-color, var(--primary-color, #03a9f4)) 16%, transparent);
    font-weight: 500;
  }
  button.filled:hover:not(:disabled) {
    background: color-mix(in srgb, var(--button-color, var(--primary-color, #03a9f4)) 26%, transparent);
  }
  button.bare {
    inline-size: 40px;
    flex: none;
    padding: 0;
    color: var(--secondary-text-color, #727272);
  }
  :focus-visible {
    outline: 2px solid var(--primary-color, #03a9f4);
    outline-offset: -2px;
  }
`;var He=class extends f{static{this.styles=[L,b`
      dialog {
        box-sizing: border-box;
        inline-size: min(400px, calc(100vw - 32px));
        padding: 24px;
        border: 0;
        border-radius: var(--ha-dialog-border-radius, 24px);
        background: var(--ha-dialog-surface-background, var(--card-background-color, #fff));
        color: var(--primary-text-color, #212121);
        overflow-wrap: anywhere;
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 50%);
      }
      h2 {
        margin: 0;
        font-size: 1.25rem;
        font-weight: 500;
      }
      p {
        margin: 12px 0 0;
        color: var(--secondary-text-color, #727272);
      }
      p:empty {
        display: none;
      }
      form {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 8px;
        margin-block-start: 24px;
      }
      .filled {
        --button-color: var(--error-color, #db4437);
      }
    `]}async ask(t){return this.question=t,await this.updateComplete,this.isConnected?(this.dialog?.showModal(),new Promise(e=>{this.dialog?.addEventListener("close",()=>e(this.dialog?.returnValue==="confirm"),{once:!0})})):!1}disconnectedCallback(){super.disconnectedCallback(),this.dialog?.close("")}render(){return l`
      <dialog aria-labelledby="title" aria-describedby="text">
        <h2 id="title">${this.question?.title}</h2>
        <p id="text">${this.question?.text}</p>
        <form method="dialog">
          <button value="">${this.question?.cancel}</button>
          <button class="filled" value="confirm">${this.question?.confirm}</button>
        </form>
      </dialog>
    `}};u([P("dialog")],He.prototype,"dialog",2);g("stellarstack-confirm",He);async function Z(s,t){let e=document.createElement("stellarstack-confirm");s.renderRoot.append(e);try{return await e.ask(t)&&s.isConnected}finally{e.remove()}}function Le(...s){return{schema:[{name:"device_id",required:!0,selector:{device:{filter:{integration:_},entity:{integration:_,domain:"sensor"}}}},...s],computeLabel:({name:t})=>C(document.documentElement.lang)(`card_${t}`),assertConfig:({device_id:t})=>{if(t!==void 0&&typeof t!="string")throw new Error("device_id is not a text")}}}var Me="M8,5.14V19.14L19,12.14L8,5.14Z",Kt="M18,18H6V6H18V18Z",Zt="M12,4C14.1,4 16.1,4.8 17.6,6.3C20.7,9.4 20.7,14.5 17.6,17.6C15.8,19.5 13.3,20.2 10.9,19.9L11.4,17.9C13.1,18.1 14.9,17.5 16.2,16.2C18.5,13.9 18.5,10.1 16.2,7.7C15.1,6.6 13.5,6 12,6V10.6L7,5.6L12,0.6V4M6.3,17.6C3.7,15 3.3,11 5.1,7.9L6.6,9.4C5.5,11.6 5.9,14.4 7.8,16.2C8.3,16.7 8.9,17.1 9.6,17.4L9,19.4C8,19 7.1,18.4 6.3,17.6Z",Jt="M8,15A2,2 0 0,1 6,13A2,2 0 0,1 8,11A2,2 0 0,1 10,13A2,2 0 0,1 8,15M10.5,17L12,14L13.5,17H10.5M16,15A2,2 0 0,1 14,13A2,2 0 0,1 16,11A2,2 0 0,1 18,13A2,2 0 0,1 16,15M22,11A10,10 0 0,0 12,1A10,10 0 0,0 2,11C2,13.8 3.2,16.3 5,18.1V22H19V18.1C20.8,16.3 22,13.8 22,11M17,20H15V18H13V20H11V18H9V20H7V17.2C5.2,15.7 4,13.5 4,11A8,8 0 0,1 12,3A8,8 0 0,1 20,11C20,13.5 18.8,15.8 17,17.2V20Z",Qt="M12,16A2,2 0 0,1 14,18A2,2 0 0,1 12,20A2,2 0 0,1 10,18A2,2 0 0,1 12,16M12,10A2,2 0 0,1 14,12A2,2 0 0,1 12,14A2,2 0 0,1 10,12A2,2 0 0,1 12,10M12,4A2,2 0 0,1 14,6A2,2 0 0,1 12,8A2,2 0 0,1 10,6A2,2 0 0,1 12,4Z",le="M19,21H8V7H19M19,5H8A2,2 0 0,0 6,7V21A2,2 0 0,0 8,23H19A2,2 0 0,0 21,21V7A2,2 0 0,0 19,5M16,1H4A2,2 0 0,0 2,3V17H4V3H16V1Z",Xt="M14,3V5H17.59L7.76,14.83L9.17,16.24L19,6.41V10H21V3M19,19H5V5H12V3H5C3.89,3 3,3.9 3,5V19A2,2 0 0,0 5,21H19A2,2 0 0,0 21,19V12H19V19Z",en="M16 17V19H2V17S2 13 9 13 16 17 16 17M12.5 7.5A3.5 3.5 0 1 0 9 11A3.5 3.5 0 0 0 12.5 7.5M15.94 13A5.32 5.32 0 0 1 18 17V19H22V17S22 13.37 15.94 13M15 4A3.39 3.39 0 0 0 13.07 4.59A5 5 0 0 1 13.07 10.41A3.39 3.39 0 0 0 15 11A3.5 3.5 0 0 0 15 4Z",tn="M10,16.5V7.5L16,12M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2Z",nn="M12,20C7.59,20 4,16.41 4,12C4,7.59 7.59,4 12,4C16.41,4 20,7.59 20,12C20,16.41 16.41,20 12,20M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2M10,16.5L16,12L10,7.5V16.5Z",sn="M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2M9,9H15V15H9",rn="M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2M12,4C16.41,4 20,7.59 20,12C20,16.41 16.41,20 12,20C7.59,20 4,16.41 4,12C4,7.59 7.59,4 12,4M9,9V15H15V9",on="M13,13H11V7H13M13,17H11V15H13M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2Z",an="M12 2C17.5 2 22 6.5 22 12C22 17.5 17.5 22 12 22C6.5 22 2 17.5 2 12C2 6.5 6.5 2 12 2M8 17H16V15H8V17M16 10H13.5V6H10.5V10H8L12 14L16 10Z",dn="M22.7,19L13.6,9.9C14.5,7.6 14,4.9 12.1,3C10.1,1 7.1,0.6 4.7,1.7L9,6L6,9L1.6,4.7C0.4,7.1 0.9,10.1 2.9,12.1C4.8,14 7.5,14.5 9.8,13.6L18.9,22.7C19.3,23.1 19.9,23.1 20.3,22.7L22.6,20.4C23.1,20 23.1,19.3 22.7,19Z",cn="M12,3A9,9 0 0,0 3,12H0L4,16L8,12H5A7,7 0 0,1 12,5A7,7 0 0,1 19,12A7,7 0 0,1 12,19C10.5,19 9.09,18.5 7.94,17.7L6.5,19.14C8.04,20.3 9.94,21 12,21A9,9 0 0,0 21,12A9,9 0 0,0 12,3M14,12A2,2 0 0,0 12,10A2,2 0 0,0 10,12A2,2 0 0,0 12,14A2,2 0 0,0 14,12Z",ln="M12,17A2,2 0 0,0 14,15C14,13.89 13.1,13 12,13A2,2 0 0,0 10,15A2,2 0 0,0 12,17M18,8A2,2 0 0,1 20,10V20A2,2 0 0,1 18,22H6A2,2 0 0,1 4,20V10C4,8.89 4.9,8 6,8H7V6A5,5 0 0,1 12,1A5,5 0 0,1 17,6V8H18M12,3A3,3 0 0,0 9,6V8H15V6A3,3 0 0,0 12,3Z",Qe="M4,1C2.89,1 2,1.89 2,3V7C2,8.11 2.89,9 4,9H1V11H13V9H10C11.11,9 12,8.11 12,7V3C12,1.89 11.11,1 10,1H4M4,3H10V7H4V3M14,13C12.89,13 12,13.89 12,15V19C12,20.11 12.89,21 14,21H11V23H23V21H20C21.11,21 22,20.11 22,19V15C22,13.89 21.11,13 20,13H14M3.88,13.46L2.46,14.88L4.59,17L2.46,19.12L3.88,20.54L6,18.41L8.12,20.54L9.54,19.12L7.41,17L9.54,14.88L8.12,13.46L6,15.59L3.88,13.46M14,15H20V19H14V15Z",pn="M15.07,11.25L14.17,12.17C13.45,12.89 13,13.5 13,15H11V14.5C11,13.39 11.45,12.39 12.17,11.67L13.41,10.41C13.78,10.05 14,9.55 14,9C14,7.89 13.1,7 12,7A2,2 0 0,0 10,9H8A4,4 0 0,1 12,5A4,4 0 0,1 16,9C16,9.88 15.64,10.67 15.07,11.25M13,19H11V17H13M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12C22,6.47 17.5,2 12,2Z",hn="M14,19H18V5H14M6,19H10V5H6V19Z",un="M12,20A8,8 0 0,0 20,12A8,8 0 0,0 12,4A8,8 0 0,0 4,12A8,8 0 0,0 12,20M12,2A10,10 0 0,1 22,12A10,10 0 0,1 12,22C6.47,22 2,17.5 2,12A10,10 0 0,1 12,2M12.5,7V12.25L17,14.92L16.25,16.15L11,13V7H12.5Z",mn="M2,21L23,12L2,3V10L17,12L2,14V21Z",fn="M11,4H13V16L18.5,10.5L19.92,11.92L12,19.84L4.08,11.92L5.5,10.5L11,16V4Z";function k(s){return l`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${s}></path></svg>`}function pe(s,t){return s.error?t(`live_${s.error}`):s.state===void 0||s.state==="live"?void 0:t(`live_${s.state}`)}function gn(s,t,e){s.dispatchEvent(new CustomEvent(t,{bubbles:!0,composed:!0,detail:e}))}function Oe(s,t){gn(s,"hass-notification",{message:t})}function vn(s,t){gn(s,"hass-more-info",{entityId:t})}async function Re(s,t){if(navigator.clipboard&&isSecureContext)try{await navigator.clipboard.writeText(t);return}catch{}let e=document.createElement("textarea");e.value=t,e.style.position="fixed",(s.shadowRoot??document.body).append(e),e.select();try{document.execCommand("copy")}finally{e.remove()}}var bs=new Set(["doexit","end","exit","exit-nosave","halt","killserver","quit","reboot","restart","shutdown","stop","terminate"]);function yn(s){let[t=""]=s.trim().toLowerCase().split(/\s/,1);return bs.has(t.replace(/^.*[/.:_]/,""))}var Pe=class{constructor(){this._commands=[];this._place=0;this._draft=""}add(t){this._commands.at(-1)!==t&&this._commands.push(t),this._commands.length>100&&this._commands.shift(),this._place=this._commands.length,this._draft=""}previous(t){if(this._place===this._commands.length&&(this._draft=t),this._place!==0)return this._place-=1,this._commands[this._place]}next(){if(this._place!==this._commands.length)return this._place+=1,this._commands[this._place]??this._draft}};var ws=/\b(?:(ERROR|SEVERE|FATAL|CRITICAL|Error:|Exception:)|(WARN(?:ING)?|Warning:))(?!\w)/;function xs(s){let t=ws.exec(s.slice(0,120));if(t)return t[1]?"error":"warning"}function J(s){let t=0,e=s.findLastIndex(({text:n},r)=>(t+=n.length,t>2e6||s.length-r>1e4));return s.slice(e+1)}var Ne=class{constructor(){this._lines=[];this._characters=0}get all(){return this._lines}append(t,e){let n=J(t.map(r=>({text:r,level:xs(r),arrived:e})));return this._lines.push(...n),this._characters+=_n(n),(this._lines.length>1e4*1.1||this._characters>2e6*1.1)&&(this._lines=J(this._lines),this._characters=_n(this._lines)),n}clear(){this._lines=[],this._characters=0}};function _n(s){return s.reduce((t,{text:e})=>t+e.length,0)}function Xe(s){let t=s.trim().toLocaleLowerCase();return t?e=>e.text.toLocaleLowerCase().includes(t):()=>!0}var Cs=100,Ss=2e4,De=class{constructor(t,e){this.element=t;this.formatTime=e;this.length=0;this.count=0;this.characters=0}append(t){let e,n="";for(let r of J(t)){r.arrived!==e&&(e=r.arrived,n=e===void 0?"":this.formatTime(e));let o=document.createElement("div");o.className=r.level?`line ${r.level}`:"line",n&&(o.dataset.time=n),o.textContent=r.text,this.blockFor(r).append(o),this.count+=1,this.characters+=r.text.length}for(;this.count>1e4||this.characters>2e6;){let r=this.element.firstElementChild;if(!r||r===this.block)break;this.count-=r.childElementCount,this.characters-=r.textContent.length,r.remove()}}blockFor({text:t}){return(!this.block||this.block.childElementCount>=Cs||this.length>=Ss)&&(this.block=document.createElement("div"),this.block.className="block",this.element.append(this.block),this.length=0),this.length+=t.length,this.block}clear(){this.element.replaceChildren(),this.block=void 0,this.count=0,this.characters=0}};var bn=b`
  :host {
    --quiet-color: color-mix(in srgb, var(--secondary-text-color, #727272) 75%, var(--primary-text-color, #212121));
  }
  ha-card {
    display: flex;
    flex-direction: column;
    min-block-size: 240px;
  }
  :host(:not([layout="grid"])) ha-card {
    block-size: 480px;
  }
  :host([layout="panel"]) ha-card {
    block-size: calc(100dvh - var(--header-height, 56px));
  }

  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 8px;
    padding-block: 8px;
    padding-inline: 16px 8px;
  }
  .title {
    flex: 1 1 160px;
    min-inline-size: 0;
    padding-block: 4px;
    overflow: hidden;
    font-size: var(--ha-font-size-l, 16px);
    font-weight: 500;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .tools {
    display: flex;
    flex: 1 1 240px;
    align-items: center;
    justify-content: flex-end;
    min-inline-size: 0;
  }
  input {
    box-sizing: border-box;
    min-inline-size: 0;
    block-size: 40px;
    padding: 0 12px;
    border: 1px solid var(--input-outlined-idle-border-color, var(--divider-color, #8c8c8c));
    border-radius: 20px;
    background: none;
    color: inherit;
    font: inherit;
    /* Safari on phones zooms into smaller text. */
    font-size: 16px;
  }
  input::placeholder {
    color: var(--secondary-text-color, #727272);
    opacity: 1;
  }
  input[type="search"] {
    flex: 1;
    max-inline-size: 240px;
  }
  output {
    padding-inline: 8px;
    color: var(--quiet-color);
    font-variant-numeric: tabular-nums;
  }
  button[aria-pressed="true"] {
    color: var(--primary-color, #03a9f4);
  }

  .frame {
    display: flex;
    flex: 1;
    position: relative;
    min-block-size: 0;
  }
  .log {
    flex: 1;
    overflow: hidden auto;
    overscroll-behavior: contain;
    padding: 8px 16px;
    background: color-mix(in srgb, var(--primary-text-color, #212121) 5%, transparent);
    font-family: var(--ha-font-family-code, monospace);
    font-size: 12px;
    line-height: 1.5;
    /* What games print runs from left to right in every language. */
    direction: ltr;
    text-align: left;
  }
  .log.follows {
    overflow-anchor: none;
  }
  .block {
    contain-intrinsic-block-size: auto 1800px;
  }
  /* The last one grows, so its size cannot be foretold. */
  .block:not(:last-child) {
    content-visibility: auto;
  }
  .line {
    overflow-wrap: anywhere;
    white-space: pre-wrap;
    unicode-bidi: plaintext;
  }
  .times [data-time] {
    padding-left: var(--time-width);
    text-indent: calc(-1 * var(--time-width));
  }
  .times [data-time]::before {
    display: inline-block;
    min-width: var(--time-width);
    color: var(--quiet-color);
    content: attr(data-time);
    text-indent: 0;
  }
  /* Mixed with the colour of text, so that they can be read on light and dark. */
  .error {
    color: color-mix(in srgb, var(--error-color, #db4437) 65%, var(--primary-text-color, #212121));
  }
  .warning {
    color: color-mix(in srgb, var(--warning-color, #ffa600) 45%, var(--primary-text-color, #212121));
  }
  .empty {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    padding: 16px;
    color: var(--quiet-color);
    text-align: center;
    pointer-events: none;
  }
  .resume {
    position: absolute;
    inset-block-end: 8px;
    inset-inline: 0;
    margin-inline: auto;
    inline-size: max-content;
    max-inline-size: calc(100% - 32px);
    background: var(--primary-text-color, #212121);
    color: var(--card-background-color, #fff);
    font-size: var(--ha-font-size-m, 14px);
  }
  .resume:hover:not(:disabled) {
    background: color-mix(in srgb, var(--primary-text-color, #212121) 85%, var(--card-background-color, #fff));
  }

  .reason {
    margin: 0;
    padding: 8px 16px 0;
    color: var(--secondary-text-color, #727272);
    font-size: var(--ha-font-size-m, 14px);
  }
  .reason:empty {
    display: none;
  }
  form {
    display: flex;
    gap: 4px;
    padding: 8px;
  }
  form input {
    flex: 1;
    font-family: var(--ha-font-family-code, monospace);
    direction: ltr;
  }
`;var et="stellarstack-console-card",ks=16,Ts=1e3,Es=4096,T=class extends f{constructor(){super(...arguments);this.times=!1;this.search="";this.follows=!0;this.sending=!1;this.words=new $(this);this.live=new D(this,"console",()=>this.hass?E(this.hass,this.config?.device_id)?.id:void 0,e=>this.keep(e));this.lines=new Ne;this.history=new Pe;this.waiting=[];this.stale=!0;this.fresh=[];this.replaces=!1;this.found=0;this.scrolledTo=0;this.touched=Number.NEGATIVE_INFINITY;this.resized=new ResizeObserver(()=>this.scrollToEnd())}static{this.styles=[K,L,bn]}static getStubConfig(e){return{device_id:Y(e)[0]?.id??""}}static getConfigForm(){return Le({name:"times",selector:{boolean:{}}})}get hass(){return this.currentHass}set hass(e){let n=this.currentHass;this.currentHass=e;let r=({connection:i,devices:d,language:a,locale:c})=>[i,d,a,c],o=e&&r(e);(!n||!o||r(n).some((i,d)=>i!==o[d]))&&this.requestUpdate()}setConfig(e){e.device_id!==this.config?.device_id&&this.keep({lines:[],reset:!0}),(e.times!==this.config?.times||!this.config)&&(this.times=e.times??!0),this.config=e}getCardSize(){return 8}getGridOptions(){return{columns:12,rows:8,min_columns:6,min_rows:5}}disconnectedCallback(){super.disconnectedCallback(),this.resized.disconnect(),this.list=void 0,this.scrolledTo=0,this.follows=!0}willUpdate(e){e.has("search")&&(this.stale=!0),this.replaces=this.stale;let n=this.stale?this.lines.all:this.follows?this.waiting:[];this.fresh=n.filter(Xe(this.search)),this.found=(this.stale?0:this.found)+this.fresh.length,(this.stale||this.follows)&&(this.waiting=[]),this.stale=!1}render(){let{hass:e,config:n}=this;if(!e||!n)return p;let r=E(e,n.device_id);if(!r){let c=this.words.get(n.device_id?"card_device_gone":"card_no_device");return l`<ha-card><p class="message">${c}</p></ha-card>`}let o=x(r),i=this.words.get("console_label",{server:o}),d=pe(this.live,this.words.get);if(this.live.error==="unauthorized")return l`
        <ha-card>
          <header><div class="title">${i}</div></header>
          <p class="message" role="status">${d}</p>
        </ha-card>
      `;let a=this.live.state==="stopped";return l`
      <ha-card>
        <header>
          <div class="title">${i}</div>
          ${this.renderTools()}
        </header>
        <div class="frame">
          <div
            class="log ${this.follows?"follows":""} ${this.times?"times":""}"
            style="--time-width: ${this.formatTime(0).length+1}ch"
            role="log"
            aria-live="off"
            aria-label=${i}
            tabindex="0"
            @scroll=${this.scrolled}
            @wheel=${this.touch}
            @touchmove=${this.touch}
            @pointerdown=${this.touch}
            @keydown=${this.touch}
          ><div class="lines"></div></div>
          ${this.renderOverlay()}
        </div>
        <p class="reason" role="status">${d}</p>
        <form @submit=${c=>this.submit(c,o)}>
          <input
            type="text"
            aria-label=${this.words.get("console_command")}
            placeholder=${this.words.get("console_command")}
            maxlength=${Es}
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            enterkeyhint="send"
            ?disabled=${a}
            ?readonly=${this.sending}
            @keydown=${this.recall}
          />
          ${this.renderTool("console_send",mn,{type:"submit",disabled:a||this.sending})}
        </form>
      </ha-card>
    `}renderTools(){return l`
      <div class="tools">
        ${this.search?l`<output aria-label=${this.words.get("console_found")}>${this.found}</output>`:p}
        <input
          type="search"
          aria-label=${this.words.get("console_search")}
          placeholder=${this.words.get("console_search")}
          .value=${Vt(this.search)}
          @input=${e=>this.find(e.target.value)}
        />
        ${this.renderTool("card_times",un,{pressed:this.times,click:()=>{this.times=!this.times}})}
        ${this.renderTool("console_copy",le,{click:()=>this.copy()})}
        ${this.follows?this.renderTool("console_pause",hn,{click:()=>{this.follows=!1}}):this.renderTool("console_follow",Me,{click:()=>this.resume()})}
      </div>
    `}renderTool(e,n,{type:r="button",click:o,pressed:i,disabled:d=!1}){let a=this.words.get(e);return l`
      <button
        class="bare"
        type=${r}
        aria-label=${a}
        title=${a}
        aria-pressed=${i===void 0?p:String(i)}
        ?disabled=${d}
        @click=${o??p}
      >
        ${k(n)}
      </button>
    `}renderOverlay(){if(!this.follows&&this.waiting.length){let e=this.words.get("console_new",{count:this.waiting.length});return l`<button class="resume" @click=${this.resume}>${k(fn)}${e}</button>`}return this.found?p:l`<div class="empty">${this.words.get(this.search?"console_none_found":"console_empty")}</div>`}updated(){let e=this.renderRoot.querySelector(".lines");if(!e){this.list=void 0;return}if(this.list?.element!==e&&(this.list=new De(e,n=>this.formatTime(n)),this.resized.disconnect(),this.resized.observe(e),this.log&&this.resized.observe(this.log),!this.replaces)){this.stale=!0,this.requestUpdate();return}this.replaces&&this.list.clear(),this.list.append(this.fresh),this.fresh=[]}formatTime(e){let{locale:n,config:r}=this.hass??{},o=n?.time_zone==="server"?r?.time_zone:void 0;return Ls(n?.language,n?.time_format,o).format(e)}keep({lines:e,reset:n}){n&&(this.lines.clear(),this.waiting=[],this.stale=!0);let r=this.lines.append(e,n?void 0:Date.now());this.waiting=J([...this.waiting,...r])}find(e){this.search=e}resume(){this.follows=!0,this.scrollToEnd()}scrollToEnd(){!this.log||!this.follows||(this.log.scrollTop=this.log.scrollHeight,this.scrolledTo=this.log.scrollTop)}touch(){this.touched=performance.now()}scrolled(){if(!this.log)return;let{scrollTop:e,scrollHeight:n,clientHeight:r}=this.log,o=n-r-e<ks;performance.now()-this.touched<Ts&&e<this.scrolledTo&&!o&&(this.follows=!1),e>this.scrolledTo&&o&&(this.follows=!0),this.scrolledTo=e}async copy(){let e=this.lines.all.filter(Xe(this.search));await Re(this,e.map(({text:n})=>n).join(`
`)),Oe(this,this.words.get("card_copied"))}recall(e){if(e.isComposing)return;let n=e.key==="ArrowUp"?this.history.previous(this.input.value):e.key==="ArrowDown"?this.history.next():void 0;n!==void 0&&(e.preventDefault(),this.input.value=n)}async submit(e,n){e.preventDefault();let{hass:r,config:o,input:i}=this,d=i.value.trim();if(!(!r||!o?.device_id||!d||this.sending||!(!yn(d)||await Z(this,{title:this.words.get("console_confirm_title",{server:n}),text:this.words.get("console_confirm_text",{command:d}),confirm:this.words.get("console_send"),cancel:this.words.get("card_cancel")})))){this.sending=!0;try{await r.callService(_,"send_command",{command:d},{device_id:o.device_id}),this.history.add(d),i.value="",this.resume()}catch{}finally{this.sending=!1}}}};u([A({reflect:!0})],T.prototype,"layout",2),u([y()],T.prototype,"config",2),u([y()],T.prototype,"times",2),u([y()],T.prototype,"search",2),u([y()],T.prototype,"follows",2),u([y()],T.prototype,"sending",2),u([P(".log")],T.prototype,"log",2),u([P("form input")],T.prototype,"input",2);var Hs={hour:"numeric"},wn=new Map;function Ls(s="en",t="language",e){let n=`${s} ${t} ${e}`,r=wn.get(n);if(!r){let o={12:"h12",24:"h23",system:new Intl.DateTimeFormat([],Hs).resolvedOptions().hourCycle}[t];r=new Intl.DateTimeFormat(s,{hour:"2-digit",minute:"2-digit",second:"2-digit",...o&&{hourCycle:o},...e&&{timeZone:e}}),wn.set(n,r)}return r}g(et,T);Ee(et,s=>({name:s("card_console_name"),description:s("card_console_description"),preview:!0,getEntitySuggestion:(t,e)=>{let n=Te(t,e);return n?{config:{type:`custom:${et}`,device_id:n.id}}:null}}));var G=class extends f{constructor(){super(...arguments);this.items=[];this.label=""}static{this.styles=[L,b`
      [role="menu"] {
        position: fixed;
        inset: auto;
        margin: 0;
        padding: 8px 0;
        border: 1px solid var(--divider-color, #e0e0e0);
        border-radius: 12px;
        background: var(--card-background-color, #fff);
        color: var(--primary-text-color, #212121);
        box-shadow: 0 4px 16px rgb(0 0 0 / 20%);
      }
      button.item,
      a.item {
        display: flex;
        inline-size: 100%;
        justify-content: flex-start;
        gap: 16px;
        border-radius: 0;
        white-space: nowrap;
      }
      .item .icon {
        color: var(--secondary-text-color, #727272);
      }
    `]}render(){return l`
      <button
        class="bare"
        aria-label=${this.label}
        title=${this.label}
        aria-haspopup="menu"
        aria-expanded="false"
        @click=${this.open}
      >
        ${k(Qt)}
      </button>
      <div
        role="menu"
        popover
        aria-label=${this.label}
        @keydown=${this.move}
        @click=${this.close}
        @toggle=${this.toggled}
      >
        ${this.items.map(e=>e.href?l`
                <a class="item" role="menuitem" tabindex="-1" href=${e.href} target="_blank" rel="noreferrer">
                  ${k(e.icon)}${e.label}
                </a>
              `:l`
                <button class="item" role="menuitem" tabindex="-1" @click=${e.run??p}>
                  ${k(e.icon)}${e.label}
                </button>
              `)}
      </div>
    `}open(){this.menu.showPopover();let{left:e,right:n,top:r,bottom:o}=this.opener.getBoundingClientRect(),{offsetWidth:i,offsetHeight:d}=this.menu,a=getComputedStyle(this).direction==="rtl"?e:n-i;this.menu.style.left=`${Math.max(8,Math.min(a,innerWidth-i-8))}px`,this.menu.style.top=`${o+d+8>innerHeight?Math.max(8,r-d):o}px`,this.choices[0]?.focus()}close(){this.menu.hidePopover(),this.opener.focus()}toggled(e){let n=e.newState==="open";this.opener.setAttribute("aria-expanded",String(n))}get choices(){return[...this.menu.querySelectorAll("[role=menuitem]")]}move(e){let{choices:n}=this,r=n.indexOf(this.renderRoot.querySelector(":focus")),o={ArrowDown:r+1,ArrowUp:r-1,Home:0,End:-1}[e.key];o!==void 0?(e.preventDefault(),n.at(o%n.length)?.focus()):(e.key==="Tab"||e.key==="Escape")&&this.close()}};u([A({attribute:!1})],G.prototype,"items",2),u([A()],G.prototype,"label",2),u([P("button")],G.prototype,"opener",2),u([P("[role=menu]")],G.prototype,"menu",2);g("stellarstack-menu",G);var Ms={B:95367431640625e-20,kB:.00095367431640625,KiB:.0009765625,MB:.95367431640625,MiB:1,GB:953.67431640625,GiB:1024,TB:953674.31640625,TiB:1048576};function xn(s,t){let e=Ms[String(t)];return e===void 0?void 0:s*e}function tt(s,t,e){let n=(t??s)>=1024,r=An(e,n?1:0);return $n(o=>r.format(n?o/1024:o),s,t,n?"GiB":"MiB")}function nt(s,t,e){return $n(An(e,0).format,s,t,"%")}var Os={comma_decimal:"en",decimal_comma:"de",space_comma:"fr",quote_decimal:"de-CH",none:"en"};function An({language:s,number_format:t="language"},e){let n=t==="system"?void 0:Os[t]??s;return new Intl.NumberFormat(n,{maximumFractionDigits:e,useGrouping:t!=="none"})}function $n(s,t,e,n){return`${s(t)}${e===void 0?"":` / ${s(e)}`} ${n}`}var Rs=[["day",86400],["hour",3600],["minute",60]];function Cn(s,t,e){let n=Math.max(0,(t-s)/1e3),[r,o]=Rs.find(([,d])=>n>=d)??["second",Number.POSITIVE_INFINITY],i=Math.floor(n/o);return new Intl.RelativeTimeFormat(e,{numeric:r==="day"?"always":"auto"}).format(-i,r)}var Ps=["running","starting","stopping","stopped","error","installing","restoring","maintenance","suspended"],Ns=["status","running","power"],Ds=["start","restart","stop","kill"],Is={running:["restart","stop","kill"],starting:["stop","kill"],stopping:["kill"],stopped:["start"],error:["start"],installing:[],restoring:[],maintenance:[],suspended:[],away:[],unknown:Ds};function En(s,t){let e=E(s,t);if(!e)return;let n=i=>R(s,e.id,i),r=Ns.map(n).find(i=>i!==void 0),o=Vs(r);return{name:x(e),game:e.model??void 0,url:Us(e.configuration_url),status:o,statusState:r,since:(o==="running"?Tn(n("uptime")?.state):void 0)??Tn(r?.last_changed),nodeOffline:n("node_online")?.state==="off",address:Ln(n("address")),players:o==="running"?he(n("players")):void 0,mostPlayers:he(n("max_players")),usage:{cpu:he(n("cpu_usage")),memory:Sn(n("memory_usage"))},limits:{cpu:kn(he(n("cpu"))),memory:kn(Sn(n("memory")))},actions:Is[o].filter(i=>zs(s,e.id,i))}}function Hn(s,t,e=""){if(s.entities!==t.entities||s.devices[e]!==t.devices[e]||s.locale!==t.locale||s.language!==t.language||s.connection!==t.connection||s.formatEntityState!==t.formatEntityState)return!1;for(let n of Ze(t.entities).get(e)?.values()??[])if(s.states[n]!==t.states[n])return!1;return!0}function Vs(s){return s?.state==="unavailable"?"away":s?.state==="on"?"running":s?.state==="off"?"stopped":Ps.find(t=>t===s?.state)??"unknown"}function zs(s,t,e){let n=r=>N(s,t,r)!==void 0;return n(e)||e!=="kill"&&n("power")}function Ln(s){return s&&s.state!=="unavailable"&&s.state!=="unknown"?s.state:void 0}function he(s){let t=Ln(s),e=t?Number(t):Number.NaN;return Number.isFinite(e)?e:void 0}function Sn(s){let t=he(s);return t===void 0?void 0:xn(t,s?.attributes.unit_of_measurement)}function kn(s){return s!==void 0&&s>0?s:void 0}function Tn(s){let t=Date.parse(s??"");return Number.isNaN(t)?void 0:t}function Us(s){return s&&/^https?:\/\//i.test(s)?s:void 0}var Mn=b`
  :host {
    --status-color: var(--state-inactive-color, #9e9e9e);
  }
  .running {
    --status-color: var(--green-color, #4caf50);
  }
  .starting,
  .stopping,
  .installing,
  .restoring,
  .maintenance {
    --status-color: var(--info-color, #039be5);
  }
  .offline,
  .suspended {
    --status-color: var(--orange-color, #ff9800);
  }
  .error {
    --status-color: var(--error-color, #db4437);
  }

  .server {
    display: flex;
    flex-direction: column;
    gap: 12px;
    block-size: 100%;
    box-sizing: border-box;
    padding: 12px;
  }
  .head,
  .title,
  .facts,
  .fact,
  .actions {
    display: flex;
    align-items: center;
  }
  .head {
    gap: 4px;
    min-inline-size: 0;
  }
  .title,
  a.title,
  button.title {
    flex: 1;
    justify-content: flex-start;
    gap: 12px;
    min-inline-size: 0;
    padding: 0;
    border-radius: 8px;
    color: inherit;
    text-decoration: none;
  }
  .badge {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 40px;
    block-size: 40px;
    border-radius: 50%;
    background: color-mix(in srgb, var(--status-color) 20%, transparent);
    color: var(--status-color);
  }
  .badge .icon {
    inline-size: 24px;
    block-size: 24px;
  }
  .lines {
    display: grid;
    flex: 1;
    grid-template-columns: minmax(0, 1fr);
    justify-items: start;
    min-inline-size: 0;
  }
  .line {
    max-inline-size: 100%;
    overflow: hidden;
    color: var(--secondary-text-color, #727272);
    font-size: var(--ha-font-size-s, 12px);
    line-height: 1.4;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .reason {
    color: var(--secondary-text-color, #727272);
    font-size: var(--ha-font-size-s, 12px);
  }
  .name {
    color: var(--primary-text-color, #212121);
    font-size: var(--ha-font-size-m, 14px);
    font-weight: 500;
  }
  .away .badge,
  .away .name {
    opacity: 0.7;
  }

  .facts {
    flex-wrap: wrap;
    gap: 4px 16px;
    min-inline-size: 0;
  }
  .fact {
    gap: 8px;
    min-inline-size: 0;
    min-block-size: 32px;
  }
  button.fact {
    min-block-size: 32px;
    padding: 0;
    border-radius: 4px;
    overflow-wrap: anywhere;
  }
  .fact .icon {
    inline-size: 16px;
    block-size: 16px;
    color: var(--secondary-text-color, #727272);
  }

  .usage {
    display: grid;
    margin: 0;
    grid-template-columns: repeat(auto-fit, minmax(min(120px, 100%), 1fr));
    gap: 8px;
  }
  .measure {
    display: grid;
    position: relative;
    overflow: hidden;
    padding: 8px 10px 28px;
    border-radius: 8px;
    background: color-mix(in srgb, var(--primary-text-color, #212121) 5%, transparent);
  }
  .measure dt {
    color: var(--secondary-text-color, #727272);
    font-size: var(--ha-font-size-s, 12px);
  }
  .measure dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
  }
  .trace {
    position: absolute;
    inset-block-end: 0;
    inset-inline: 0;
    inline-size: 100%;
    block-size: 24px;
    color: var(--primary-color, #03a9f4);
    stroke: currentcolor;
    stroke-width: 1.5;
    /* Time runs to the right in every language, as in Home Assistant's own graphs. */
    direction: ltr;
  }
  .trace path {
    fill: none;
  }
  .trace .area {
    fill: currentcolor;
    opacity: 0.15;
    stroke: none;
  }
  .full .trace {
    color: var(--warning-color, #ffa600);
  }

  .actions {
    flex-wrap: wrap;
    gap: 8px;
    margin-block-start: auto;
  }
  .actions button {
    flex: 1;
    white-space: nowrap;
  }
  .start {
    --button-color: var(--green-color, #4caf50);
  }
  .stop {
    --button-color: var(--error-color, #db4437);
  }

  .compact {
    position: relative;
    justify-content: center;
    padding-block: 7px;
    padding-inline: 10px 4px;
  }
  .compact .head {
    position: relative;
    gap: 0;
  }
  /* Below the text, which it must not cross. */
  .compact > .trace {
    block-size: 12px;
    opacity: 0.5;
  }

  .spoken {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;function On(s,t,e,n){let r=s.at(-1)?.at??0,o=[],i=Number.NEGATIVE_INFINITY;for(let{at:c,value:m}of s){let h=e*(1-(r-c)/6e4);if(h<0)continue;let w=n*(1-Math.min(1,Math.max(0,m/t)));c-i>5e3&&o.push([]),o.at(-1)?.push(`${h.toFixed(1)} ${w.toFixed(1)}`),i=c}let d=o.map(c=>c.join("L")),a=c=>c?.split(" ",1)[0];return{line:d.map(c=>`M${c}`).join(""),area:o.map((c,m)=>`M${a(c[0])} ${n}L${d[m]}L${a(c.at(-1))} ${n}Z`).join("")}}function Rn(s,t,e){return t??s.reduce((n,{value:r})=>Math.max(n,r*1.2),e)}var st="stellarstack-server-card",Fs=3e4,qs=.9,Bs="200px",Pn=120,Nn=24,Dn=100,Gs=256,js={running:tn,starting:nn,stopping:rn,stopped:sn,error:on,installing:an,restoring:cn,maintenance:dn,suspended:ln,away:Qe,unknown:pn},In={start:Me,restart:Zt,stop:Kt,kill:Jt},Q=class extends f{constructor(){super(...arguments);this.visible=!1;this.busy=!1;this.words=new $(this);this.live=new D(this,"usage",()=>this.visible&&this.hass?E(this.hass,this.config?.device_id)?.id:void 0,e=>this.keep(e));this.cpu=[];this.memory=[];this.observer=new IntersectionObserver(e=>{this.visible=e.at(-1)?.isIntersecting??!1},{rootMargin:Bs})}static{this.styles=[K,L,Mn]}static getStubConfig(e){return{device_id:Y(e)[0]?.id??""}}static getConfigForm(){return Le({name:"compact",selector:{boolean:{}}})}get hass(){return this.currentHass}set hass(e){let n=this.currentHass;this.currentHass=e,(!n||!e||!Hn(n,e,this.config?.device_id))&&this.requestUpdate()}setConfig(e){e.device_id!==this.config?.device_id&&this.forget(),this.config=e}getCardSize(){return this.config?.compact?1:4}getGridOptions(){return this.config?.compact?{columns:12,rows:1,min_columns:6,min_rows:1}:{columns:12,rows:"auto",min_columns:6}}connectedCallback(){super.connectedCallback(),this.observer.observe(this),this.clock=setInterval(()=>this.requestUpdate(),Fs)}disconnectedCallback(){super.disconnectedCallback(),this.observer.disconnect(),clearInterval(this.clock)}render(){let{hass:e,config:n}=this;if(!e||!n)return p;let r=En(e,n.device_id);if(!r){let o=this.words.get(n.device_id?"card_device_gone":"card_no_device");return l`<ha-card><p class="message">${o}</p></ha-card>`}return r.status!=="running"&&this.forget(),this.unauthorized&&(r.actions=[]),l`<ha-card>${n.compact?this.renderCompact(r):this.renderFull(r)}</ha-card>`}get unauthorized(){return this.live.error==="unauthorized"}renderFull(e){return l`
      <div class="server ${Vn(e)}">
        <div class="head">
          ${this.renderTitle(e,[e.game,this.statusText(e)])} ${this.renderMenu(e,["kill"])}
        </div>
        ${this.renderFacts(e)} ${e.status==="running"?this.renderUsage(e):p}
        ${this.renderActions(e)}
      </div>
    `}renderCompact(e){let n=this.usage(e),{locale:r}=this,o=[this.statusText(e,e.status!=="running"),e.players===void 0?void 0:this.words.get("card_players_count",{count:zn(e)}),n.cpu===void 0?void 0:nt(n.cpu,void 0,r),n.memory===void 0?void 0:tt(n.memory,void 0,r)];return l`
      <div class="server compact ${Vn(e)}">
        ${this.cpu.length>1?this.renderTrace(this.cpu,e.limits.cpu,Dn):p}
        <div class="head">
          ${this.renderTitle(e,[o.filter(Boolean).join(" · ")])}
          ${this.renderMenu(e,["start","restart","stop","kill"])}
        </div>
      </div>
    `}renderTitle(e,n){let r=l`
      <span class="badge">${k(e.nodeOffline?Qe:js[e.status])}</span>
      <span class="lines">
        <span class="line name" dir="auto">${e.name}</span>
        ${n.map(d=>d?l`<span class="line" dir="auto">${d}</span>`:p)}
      </span>
    `,{navigation_path:o}=this.config??{};if(o)return l`<a class="title" href=${o}>${r}</a>`;let i=e.statusState?.entity_id;return i?l`<button class="title" @click=${()=>vn(this,i)}>${r}</button>`:l`<div class="title">${r}</div>`}renderFacts(e){let{address:n}=e;return!n&&e.players===void 0?p:l`
      <div class="facts">
        ${n?l`
                <button class="fact" title=${this.words.get("card_copy_address")} @click=${()=>this.copy(n)}>
                  <bdi>${n}</bdi>${k(le)}
                </button>
              `:p}
        ${e.players===void 0?p:l`
                <span class="fact" title=${this.words.get("card_players")}>
                  ${k(en)}<span class="spoken">${this.words.get("card_players")}</span>
                  <bdi>${zn(e)}</bdi>
                </span>
              `}
      </div>
    `}renderUsage(e){let{cpu:n,memory:r}=this.usage(e);if(n===void 0&&r===void 0){let i=this.unauthorized?void 0:pe(this.live,this.words.get);return i?l`<span class="reason">${i}</span>`:p}let{limits:o}=e;return l`
      <dl class="usage">
        ${this.renderMeasure("card_cpu",nt,n,o.cpu,this.cpu,Dn)}
        ${this.renderMeasure("card_memory",tt,r,o.memory,this.memory,Gs)}
      </dl>
    `}renderMeasure(e,n,r,o,i,d){if(r===void 0)return p;let a=o!==void 0&&r>=o*qs;return l`
      <div class="measure ${a?"full":""}">
        <dt>${this.words.get(e)}</dt>
        <dd><bdi>${n(r,o,this.locale)}</bdi></dd>
        ${this.renderTrace(i,o,d)}
      </div>
    `}renderTrace(e,n,r){let{line:o,area:i}=On(e,Rn(e,n,r),Pn,Nn);return l`
      <svg
        class="trace"
        viewBox="0 -1 ${Pn} ${Nn+2}"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path class="area" d=${i}></path>
        <path d=${o} vector-effect="non-scaling-stroke"></path>
      </svg>
    `}renderActions(e){if(this.unauthorized)return l`<span class="reason">${this.words.get("live_unauthorized")}</span>`;let n=e.actions.filter(r=>r!=="kill");return n.length?l`
      <div class="actions">
        ${n.map(r=>l`
            <button class="filled ${r}" ?disabled=${this.busy} @click=${()=>this.run(e,r)}>
              ${k(In[r])}${this.words.get(`card_${r}`)}
            </button>
          `)}
      </div>
    `:p}renderMenu(e,n){let{address:r,url:o}=e,i=e.actions.filter(a=>n.includes(a)&&!this.busy).map(a=>({label:this.words.get(`card_${a}`),icon:In[a],run:()=>this.run(e,a)}));if(r&&i.push({label:this.words.get("card_copy_address"),icon:le,run:()=>this.copy(r)}),o&&i.push({label:this.words.get("card_open_panel"),icon:Xt,href:o}),!i.length)return p;let d=this.words.get("card_menu",{server:e.name});return l`<stellarstack-menu .items=${i} .label=${d}></stellarstack-menu>`}get locale(){return this.hass?.locale??{language:"en"}}statusText(e,n=!0){let{statusState:r,since:o}=e,i=[];return e.nodeOffline&&i.push(this.words.get("card_node_offline")),i.push(r?this.hass?.formatEntityState(r)??r.state:this.words.get("card_no_status")),r&&o&&n&&i.push(Cn(o,Date.now(),this.locale.language)),i.join(" · ")}usage(e){if(e.status!=="running")return{cpu:void 0,memory:void 0};let n=pe(this.live,this.words.get)?void 0:this.sample;return{cpu:n?.cpu_usage??e.usage.cpu,memory:n?.memory_usage??e.usage.memory}}keep(e){let n=Date.now();this.sample=e,this.cpu=Un(this.cpu,n,e.cpu_usage),this.memory=Un(this.memory,n,e.memory_usage)}forget(){this.sample=void 0,this.cpu=[],this.memory=[]}async copy(e){await Re(this,e),Oe(this,this.words.get("card_copied"))}async run(e,n){let{hass:r,config:o}=this;if(!r||!o?.device_id)return;let d=[n!=="start"&&e.players?this.words.get("card_players_text",{count:e.players??0}):"",n==="kill"?this.words.get("card_kill_text"):""];if(await Z(this,{title:this.words.get(`card_${n}_title`,{server:e.name}),text:d.filter(Boolean).join(" "),confirm:this.words.get(`card_${n}`),cancel:this.words.get("card_cancel")})){this.busy=!0;try{n==="kill"?await r.callService("button","press",{},{entity_id:N(r,o.device_id,"kill")??[]}):await r.callService(_,n,{},{device_id:o.device_id})}catch{}finally{this.busy=!1}}}};u([y()],Q.prototype,"config",2),u([y()],Q.prototype,"visible",2),u([y()],Q.prototype,"busy",2);function Vn({status:s,nodeOffline:t}){return t?"offline":s}function zn({players:s,mostPlayers:t}){return t===void 0?`${s}`:`${s} / ${t}`}function Un(s,t,e){let n=s.filter(r=>r.at>t-6e4);return e===null?n:[...n,{at:t,value:e}]}g(st,Q);Ee(st,s=>({name:s("card_server_name"),description:s("card_server_description"),preview:!0,getEntitySuggestion:(t,e)=>{let n=Te(t,e);return n?{config:{type:`custom:${st}`,device_id:n.id}}:null}}));function Wn(s){let t=Fn(document,"hui-root");t?.lovelace?.rawConfig?.strategy?.type===s&&t.dispatchEvent(new CustomEvent("config-refresh"))}function Fn(s,t){for(let e of s.querySelectorAll("*")){if(e.localName===t)return e;let n=e.shadowRoot?Fn(e.shadowRoot,t):void 0;if(n)return n}}var rt=["node","panel","area","label"];function qn(s,t){let e=i=>new Error(t("dashboard_bad_option",{option:i})),{group_by:n="node",servers:r,compact:o}=s;if(!rt.includes(n))throw e("group_by");if(r!=null&&!(Array.isArray(r)&&r.every(i=>typeof i=="string")))throw e("servers");if(o!=null&&typeof o!="boolean")throw e("compact");return{group_by:n,...r?.length&&{servers:r},...o!=null&&{compact:o}}}var ot="stellarstack-dashboard-editor",ue=class extends f{constructor(){super(...arguments);this.words=new $(this)}setConfig(e){this.config=e}render(){if(!this.hass||!this.config)return p;let e=this.words.get;return l`<ha-form
      .hass=${this.hass}
      .data=${Ys(this.config)}
      .schema=${Zs(e)}
      .computeLabel=${({name:n})=>e(`dashboard_${n}`)}
      .computeHelper=${({name:n})=>n==="servers"?e("dashboard_servers_help"):""}
      @value-changed=${this.changed}
    ></ha-form>`}changed(e){e.stopPropagation();let n=Ks(this.config,e.detail.value);this.dispatchEvent(new CustomEvent("config-changed",{bubbles:!0,composed:!0,detail:{config:n}}))}};u([A({attribute:!1})],ue.prototype,"hass",2),u([y()],ue.prototype,"config",2);g(ot,ue);function Ys({group_by:s="node",servers:t,compact:e}){return{group_by:String(s),servers:Array.isArray(t)?t:[],size:e==null?"auto":e?"compact":"full"}}function Ks(s,{group_by:t,servers:e,size:n}){return{type:s.type,...t!=="node"&&{group_by:t},...e?.length&&{servers:e},...n!=="auto"&&{compact:n==="compact"}}}function Zs(s){let t=["auto","compact","full"];return[{name:"group_by",required:!0,selector:{select:{options:rt.map(e=>({value:e,label:s(`dashboard_group_by_${e}`)}))}}},{name:"servers",selector:{device:{multiple:!0,filter:{integration:_},entity:{integration:_,domain:"sensor"}}}},{name:"size",required:!0,selector:{select:{options:t.map(e=>({value:e,label:s(`dashboard_size_${e}`)}))}}}]}var Bn={node:"mdi:server-network",panel:"mdi:view-dashboard",area:"mdi:home-map-marker",label:"mdi:label"},Js=new Set(["unknown","unavailable"]),Gn=new Map;function I(s,t){let e=Y(s);return t.servers?e.filter(({id:n})=>t.servers?.includes(n)):e}function X(s,{id:t}){let e=R(s,t,"node")?.state;return e!==void 0&&!Js.has(e)&&Gn.set(t,e),Gn.get(t)}function it(s,t){return t.via_device_id?s.devices[t.via_device_id]:void 0}function jn(s,t,e,n){let r=new Map,o={heading:n("dashboard_other"),icon:"mdi:dots-horizontal",servers:[]},i=Ft(s).length>1;for(let c of I(s,t)){let m=Qs(s,c,t,e,i);m.length||o.servers.push(c);for(let{key:h,...w}of m){let v=r.get(h)??{...w,servers:[]};v.servers.push(c),r.set(h,v)}}let d=new Intl.Collator(s.locale.language,{numeric:!0}),a=[...r.values()].sort((c,m)=>d.compare(c.heading,m.heading));return o.servers.length?[...a,o]:a}function Qs(s,t,e,n,r){let o=Bn[e.group_by],i=it(s,t),d=i?[{key:i.id,heading:x(i),icon:Bn.panel}]:[];switch(e.group_by){case"panel":return d;case"node":{let a=X(s,t);if(a===void 0)return d;let c=i&&r?`${a} · ${x(i)}`:a;return[{key:`${i?.id} ${a}`,heading:c,icon:o}]}case"area":{let a=t.area_id?s.areas[t.area_id]:void 0;return a?[{key:a.area_id,heading:a.name,icon:a.icon||o}]:[]}case"label":return(t.labels??[]).flatMap(a=>{let c=n.get(a);return c===void 0?[]:[{key:a,heading:c,icon:o}]});default:return e.group_by}}function Yn(s){history.pushState(null,"",s),window.dispatchEvent(new CustomEvent("location-changed",{detail:{replace:!1}}))}var Xs=new Set(["starting","running","unavailable","unknown"]);function Kn(s,t,e){let n=new Map,r=new Map,o=[];for(let i of t){let d=it(s,i);if(d&&!n.has(d.id)&&n.set(d.id,er(s,d,e)),!(d&&n.get(d.id)))if(R(s,i.id,"node_online")?.state==="off"){let a=X(s,i);r.set(a===void 0?i.id:`${d?.id} ${a}`,{icon:"mdi:server-network-off",text:a===void 0?`${x(i)}: ${e("card_node_offline")}`:e("dashboard_node_offline",{node:a}),entityId:N(s,i.id,"node_online")??""})}else o.push(...tr(s,i,e))}return[...[...n.values()].filter(i=>i!==void 0),...r.values(),...o]}function er(s,t,e){let n=R(s,t.id,"connected");if(!(!n||n.state==="on"))return{icon:"mdi:lan-disconnect",text:e("dashboard_away",{panel:x(t)}),entityId:n.entity_id}}function tr(s,t,e){let n=R(s,t.id,"status");if(!n)return[];let r=x(t);return n.state==="error"?[{icon:"mdi:alert-circle",text:`${r}: ${s.formatEntityState(n)}`,path:t.id}]:R(s,t.id,"lifecycle")?.attributes.event_type==="crashed"&&!Xs.has(n.state)?[{icon:"mdi:alert-circle",text:e("dashboard_crashed",{server:r}),path:t.id}]:[]}var at="stellarstack-trouble-card",Zn=12,ee=class extends f{constructor(){super(...arguments);this.troubles=[];this.words=new $(this);this.connectedWhileHidden=!0}setConfig({servers:e}){this.servers=e}getCardSize(){return 1}getGridOptions(){return{columns:"full",rows:"auto"}}willUpdate(e){if(!this.hass)return;let n=e.get("hass");if(n&&n.states===this.hass.states&&n.devices===this.hass.devices)return;let r=Kn(this.hass,I(this.hass,{servers:this.servers}),this.words.get);JSON.stringify(r)!==JSON.stringify(this.troubles)&&(this.troubles=r);let o=!this.troubles.length;this.hidden!==o&&(this.hidden=o,this.dispatchEvent(new CustomEvent("card-visibility-changed",{bubbles:!0,composed:!0})))}render(){let e=this.troubles.length-Zn;return l`<ul role="status">
      ${this.troubles.slice(0,Zn).map(n=>l`<li>
          <button @click=${()=>this.open(n)}><ha-icon .icon=${n.icon}></ha-icon>${n.text}</button>
        </li>`)}
      ${e>0?l`<li class="more">${this.words.get("dashboard_more",{count:e})}</li>`:p}
    </ul>`}open({entityId:e,path:n}){if(n)Yn(n);else if(e){let r={entityId:e};this.dispatchEvent(new CustomEvent("hass-more-info",{bubbles:!0,composed:!0,detail:r}))}}static{this.styles=b`
    :host([hidden]) {
      display: none;
    }
    ul {
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
      margin: 0;
      padding: 0;
      list-style: none;
    }
    button,
    .more {
      display: flex;
      align-items: center;
      gap: 8px;
      min-block-size: 40px;
      box-sizing: border-box;
      padding: 8px 16px 8px 12px;
      color: var(--primary-text-color, #212121);
      font: inherit;
      text-align: start;
      overflow-wrap: anywhere;
    }
    button {
      border: 1px solid var(--error-color, #db4437);
      border-radius: 20px;
      background: var(--ha-card-background, var(--card-background-color, #fff));
      cursor: pointer;
    }
    button:hover {
      background: color-mix(in srgb, var(--error-color, #db4437) 8%, var(--card-background-color, #fff));
    }
    button:focus-visible {
      outline: 2px solid var(--primary-color, #03a9f4);
      outline-offset: 2px;
    }
    ha-icon {
      flex: none;
      color: var(--error-color, #db4437);
      --mdc-icon-size: 20px;
    }
  `}};u([A({attribute:!1})],ee.prototype,"hass",2),u([y()],ee.prototype,"servers",2),u([y()],ee.prototype,"troubles",2);g(at,ee);var ct="stellarstack-overview",lt=4,nr=12,dt=class extends HTMLElement{static async generate(t,e){let[n]=await Promise.all([ir(t,e),H(e)]);return sr(e,t,n,C(e.language))}static shouldRegenerate(t,e,n){return e.entities!==n.entities||e.devices!==n.devices||e.areas!==n.areas?!0:t.group_by!=="node"||e.states===n.states?!1:I(n,t).some(r=>X(e,r)!==X(n,r))}};g(`ll-strategy-view-${ct}`,dt);function sr(s,t,e,n){let r=jn(s,t,e,n),o=I(s,t),i=t.compact??o.length>nr,d=r.map(a=>or(a,i,rr(a,r.length,i)));return{type:"sections",max_columns:lt,dense_section_placement:!0,sections:d.length?[Jn({type:`custom:${at}`,...t.servers&&{servers:t.servers}}),...d]:[Jn({type:"markdown",content:n("dashboard_no_servers")})]}}function Jn(s){return{type:"grid",column_span:lt,cards:[s]}}function rr({servers:s},t,e){let n=t===1?1:e?6:3;return Math.min(Math.ceil(s.length/n),lt)}function or({heading:s,icon:t,servers:e},n,r){return{type:"grid",column_span:r,cards:[{type:"heading",heading:s,icon:t},...e.map(({id:o})=>({type:"custom:stellarstack-server-card",device_id:o,navigation_path:o,...n&&{compact:n}}))]}}async function ir({group_by:s},t){if(s!=="label")return new Map;let e=await t.callWS({type:"config/label_registry/list"});return new Map(e.map(({label_id:n,name:r})=>[n,r]))}var pt="stellarstack-backup-card",te=class extends f{constructor(){super(...arguments);this.device="";this.busy=!1;this.words=new $(this);this.live=new D(this,"usage",()=>this.hass?E(this.hass,this.device)?.id:void 0,()=>{});this.connectedWhileHidden=!0}setConfig({device_id:e}){this.device=String(e)}getCardSize(){return 2}getGridOptions(){return{columns:12,rows:2}}willUpdate(){let{state:e}=this.live,n=e===void 0||e==="off";this.hidden!==n&&(this.hidden=n,this.dispatchEvent(new CustomEvent("card-visibility-changed",{bubbles:!0,composed:!0})))}render(){return this.hidden?p:l`<ha-card>
      <button ?disabled=${this.busy} @click=${this.create}>
        <ha-icon icon="mdi:archive-plus"></ha-icon>${this.words.get("dashboard_create_backup")}
      </button>
    </ha-card>`}async create(){let{hass:e}=this,n=e&&E(e,this.device);if(!(!n||!await Z(this,{title:this.words.get("dashboard_create_backup_ask",{server:x(n)}),text:"",confirm:this.words.get("dashboard_create_backup"),cancel:this.words.get("card_cancel")}))){this.busy=!0;try{await e.callService(_,"create_backup",{},{device_id:n.id})}catch{}finally{this.busy=!1}}}static{this.styles=[K,L,b`
      :host([hidden]) {
        display: none;
      }
      button {
        flex-direction: column;
        inline-size: 100%;
        block-size: 100%;
        padding: 16px;
        border-radius: inherit;
      }
      ha-icon {
        color: var(--primary-color, #03a9f4);
        --mdc-icon-size: 32px;
      }
    `]}};u([A({attribute:!1})],te.prototype,"hass",2),u([y()],te.prototype,"device",2),u([y()],te.prototype,"busy",2);g(pt,te);var ht="stellarstack-facts-card",ut=["address","memory","cpu","disk","swap","node","location","max_players","backup_limit"],me=class extends f{constructor(){super(...arguments);this.device="";this.words=new $(this)}setConfig({device_id:e}){this.device=String(e)}getCardSize(){return 1}getGridOptions(){return{columns:12,rows:"auto"}}render(){let{hass:e}=this;if(!e)return p;let n=ut.flatMap(r=>{let o=ke(e,this.device,r),i=o===void 0?void 0:e.states[o];return i?[{name:e.entities[i.entity_id]?.name,value:e.formatEntityState(i)}]:[]});return l`<ha-card>
      <details>
        <summary>${this.words.get("dashboard_facts")}</summary>
        <dl>${n.map(({name:r,value:o})=>l`<dt>${r}</dt><dd><bdi>${o}</bdi></dd>`)}</dl>
      </details>
    </ha-card>`}static{this.styles=b`
    ha-card {
      display: block;
    }
    summary {
      padding: 16px;
      cursor: pointer;
    }
    summary:focus-visible {
      outline: 2px solid var(--primary-color, #03a9f4);
      outline-offset: -2px;
    }
    dl {
      display: grid;
      grid-template-columns: auto 1fr;
      gap: 8px 16px;
      margin: 0;
      padding: 0 16px 16px;
    }
    dt {
      color: var(--secondary-text-color, #727272);
    }
    dd {
      margin: 0;
      overflow-wrap: anywhere;
      text-align: end;
    }
  `}};u([A({attribute:!1})],me.prototype,"hass",2),u([y()],me.prototype,"device",2);g(ht,me);var gt="stellarstack-server",ft=class extends HTMLElement{static{this.registryDependencies=["entities","devices"]}static async generate({device_id:t},e){return await H(e),ar(e,t,C(e.language))}};g(`ll-strategy-view-${gt}`,ft);function ar(s,t,e){if(!s.devices[t])return{type:"sections",sections:[Ie({type:"markdown",content:e("dashboard_gone")})]};let n=o=>ke(s,t,o);return{type:"sections",max_columns:3,dense_section_placement:!0,sections:[Ie({type:"custom:stellarstack-server-card",device_id:t},...dr(s,n("players"))),{...Ie({type:"custom:stellarstack-console-card",device_id:t,grid_options:{columns:"full",rows:10}}),column_span:2},mt(e("dashboard_backups"),"mdi:archive",[...Qn(s,n("last_backup")),{type:`custom:${pt}`,device_id:t},...ut.some(n)?[{type:`custom:${ht}`,device_id:t}]:[]]),mt(e("dashboard_usage"),"mdi:chart-line",[...ne(s,[n("cpu_usage")]),...ne(s,[n("memory_usage")]),...ne(s,[n("disk_usage")]),...ne(s,[n("network_in"),n("network_out")]),...ne(s,[n("players")])]),mt(e("dashboard_history"),"mdi:history",[...ne(s,[n("status")]),...cr(s,n("lifecycle"))])].filter(o=>o)}}function Ie(...s){return{type:"grid",cards:s}}function mt(s,t,e){return e.length?Ie({type:"heading",heading:s,icon:t},...e):void 0}function Qn(s,t){return t?[{type:"tile",entity:t,name:s.entities[t]?.name,grid_options:{columns:12}}]:[]}function dr(s,t){return Qn(s,t).map(e=>({...e,state_content:["state","names"]}))}function ne(s,t){let e=t.filter(r=>r!==void 0).map(r=>({entity:r,name:s.entities[r]?.name}));return e.length>0&&s.config.components.includes("history")?[{type:"history-graph",hours_to_show:24,entities:e}]:[]}function cr(s,t){return t&&s.config.components.includes("logbook")?[{type:"logbook",hours_to_show:24,target:{entity_id:t}}]:[]}var Xn=new Set,vt=class extends HTMLElement{static{this.registryDependencies=["devices"]}static async generate(t,e){await H(e);let n=qn(t,C(e.language));for(let{id:r}of I(e,n))Xn.add(r);return{views:[{path:"overview",icon:"mdi:controller",strategy:{type:`custom:${ct}`,...n}},...[...Xn].map(r=>({path:r,subview:!0,title:e.devices[r]?x(e.devices[r]):"",strategy:{type:`custom:${gt}`,device_id:r}}))]}}static async getCreateSuggestions(t){return await H(t),{title:C(t.language)("dashboard_name"),icon:"mdi:controller"}}static async getConfigElement(){return document.createElement(ot)}};g("ll-strategy-dashboard-stellarstack",vt);Gt("stellarstack",s=>({strategyType:"dashboard",name:s("dashboard_name"),description:s("dashboard_description"),documentationURL:"https://github.com/stellarstack-home/ha-stellarstack/blob/main/docs/dashboard.md"}));Wn("custom:stellarstack");
/*! Icons: Material Design Icons, https://pictogrammers.com, Apache License 2.0 */
/*! Bundled license information:

@lit/reactive-element/css-tag.js:
  (**
   * @license
   * Copyright 2019 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

@lit/reactive-element/reactive-element.js:
lit-html/lit-html.js:
lit-element/lit-element.js:
@lit/reactive-element/decorators/custom-element.js:
@lit/reactive-element/decorators/property.js:
@lit/reactive-element/decorators/state.js:
@lit/reactive-element/decorators/event-options.js:
@lit/reactive-element/decorators/base.js:
@lit/reactive-element/decorators/query.js:
@lit/reactive-element/decorators/query-all.js:
@lit/reactive-element/decorators/query-async.js:
@lit/reactive-element/decorators/query-assigned-nodes.js:
lit-html/directive.js:
  (**
   * @license
   * Copyright 2017 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

lit-html/is-server.js:
  (**
   * @license
   * Copyright 2022 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

@lit/reactive-element/decorators/query-assigned-elements.js:
  (**
   * @license
   * Copyright 2021 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

lit-html/directive-helpers.js:
lit-html/directives/live.js:
  (**
   * @license
   * Copyright 2020 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)
*/
